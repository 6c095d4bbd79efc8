/**
 * How many reads of the API one node answers: `node apps/node/bench/api-reads.ts`. Processor time of the node is what
 * counts; how many come in a second depends on what else the machine does, and on this program.
 */
import { readFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { DaemonClient } from '../src/testing/daemon-client.ts'
import { startDaemon, temporaryFolder } from '../src/testing/daemon-process.ts'

const connections = 16
const roundMs = 3_000
const rounds = 3
const paths = ['/v1/node', '/v1/nodes', '/healthz']

await using folder = await temporaryFolder()
await using daemon = startDaemon(folder.path, '--json')
const { origin, token, pid, dataFolder } = await daemon.ready()
const client = await DaemonClient.of(daemon)
await client.post('/v1/cluster/init', {})

const places = [
  { name: 'loopback', open: () => connect(Number(new URL(origin).port), '127.0.0.1') },
  { name: 'socket', open: () => connect(`${dataFolder}/api.sock`) },
]
for (const path of paths) {
  for (const { name, open } of places) {
    for (let round = 0; round < rounds; round++) {
      const before = await processorSeconds(pid)
      const begun = performance.now()
      const counts = await Promise.all(Array.from({ length: connections }, () => load(open, path, begun + roundMs)))
      const answers = counts.reduce((sum, count) => sum + count, 0)
      const seconds = (performance.now() - begun) / 1_000
      const micros = ((await processorSeconds(pid)) - before) / answers / 1e-6
      console.log(
        `${path} ${name}: ${Math.round(answers / seconds)} a second, ${micros.toFixed(0)} µs of the node for each`,
      )
    }
  }
}

await daemon.stop('SIGTERM')

/** One request after the other on one connection, which is opened anew where the node closes it. */
async function load(open: () => Socket, path: string, until: number): Promise<number> {
  const heads = [`GET ${path} HTTP/1.1`, `Host: localhost:${new URL(origin).port}`, `Authorization: Bearer ${token}`]
  const request = `${heads.join('\r\n')}\r\n\r\n`
  let answers = 0
  while (performance.now() < until) {
    using socket = disposable(open())
    for await (const _answer of answersOn(socket.it, request)) {
      answers++
      if (performance.now() >= until) break
    }
  }
  return answers
}

async function* answersOn(socket: Socket, request: string): AsyncGenerator<number, void> {
  let rest: Buffer = Buffer.alloc(0)
  socket.write(request)
  for await (const part of socket as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? part : Buffer.concat([rest, part])
    const headEnd = rest.indexOf('\r\n\r\n')
    if (headEnd === -1) continue
    const head = rest.toString('latin1', 0, headEnd)
    if (!head.startsWith('HTTP/1.1 200')) throw new Error(`it answered ${head}`)
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1])
    if (rest.length < headEnd + 4 + length) continue
    yield length
    rest = Buffer.alloc(0)
    if (/connection: close/i.test(head)) return
    socket.write(request)
  }
}

function disposable(it: Socket): Disposable & { readonly it: Socket } {
  return { it, [Symbol.dispose]: () => void it.destroy() }
}

async function processorSeconds(of: number): Promise<number> {
  const fields = (await readFile(`/proc/${of}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}
