// Runs on a machine of a laboratory, for the laboratory's own test: says what it hears, and says itself what it is
// told. Its argument is its IPv4 address. In: `NAME udp4|udp6|tcp ADDRESS`. Out: `ready`, `said …`, `failed …`, and
// `heard NAME by udp4|udp6|tcp`.
import { createSocket, type Socket } from 'node:dgram'
import { connect, createServer } from 'node:net'
import { createInterface } from 'node:readline'

const port = 9_077
const [, , ownAddress] = process.argv
const groups = { udp4: '239.77.7.7', udp6: 'ff02::77:7' }

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function listenUdp(type: 'udp4' | 'udp6'): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = createSocket({ type, ipv6Only: type === 'udp6', reuseAddr: true })
    socket.on('message', (bytes) => say(`heard ${String(bytes)} by ${type}`))
    socket.bind(port, () => {
      socket.setBroadcast(type === 'udp4')
      // Without a default route the kernel knows no interface for a group.
      const networkCard = type === 'udp6' ? '::%eth0' : (ownAddress ?? '')
      socket.addMembership(groups[type], networkCard)
      socket.setMulticastInterface(networkCard)
      // What it says to all it need not hear itself.
      socket.setMulticastLoopback(false)
      resolve(socket)
    })
  })
}

const sockets = { udp4: await listenUdp('udp4'), udp6: await listenUdp('udp6') }
const server = createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    say(`heard ${String(bytes)} by tcp`)
    socket.end('heard')
  })
})
server.listen(port, '::', () => say('ready'))

createInterface({ input: process.stdin }).on('line', (line) => {
  const [name = '', way = '', address = ''] = line.split(' ')
  if (way === 'udp4' || way === 'udp6') {
    sockets[way].send(name, port, address, (error) => say(error ? `failed ${error.message}` : `said ${line}`))
    return
  }
  const socket = connect(port, address, () => socket.write(name))
  socket.setTimeout(1_000, () => socket.destroy(new Error('no answer')))
  socket.on('data', () => say(`said ${line}`))
  socket.on('error', (error) => say(`failed ${error.message}`))
})
