import { once } from 'node:events'
import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Address } from './links.ts'
import { dial, pems, TlsWorld, until, whatItSays, type TestNode } from './testing/node-tls-world.ts'

let world: TlsWorld
let sockets: Socket[]
beforeEach(() => {
  world = new TlsWorld()
  sockets = []
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await world[Symbol.asyncDispose]()
})

/** Connections from an address of the loopback network that say nothing. */
function knock(address: Address, from: string, count: number): readonly Socket[] {
  const made = Array.from({ length: count }, () => {
    const socket = connectTcp({ ...address, localAddress: from })
    socket.on('error', () => {})
    socket.resume()
    return socket
  })
  sockets.push(...made)
  return made
}

const openOf = (all: readonly Socket[]): number => all.filter(({ closed }) => !closed).length
const limitsOf = ({ links }: TestNode): number => links.refusals().limit

describe('a thousand connections at once', () => {
  test('from one address leave eight of them, and honest peers come in from elsewhere', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const flood = knock(bob.address, '127.0.0.9', 1_000)
    // In the middle of it.
    await world.link(ann, bob)
    await until(() => limitsOf(bob) === 992)
    await until(() => openOf(flood) === 8)
    await world.link(ann, bob)
    // Those that hold on are gone when their time is over.
    world.clock.advance(5_000)
    await until(() => openOf(flood) === 0)
    expect(bob.links.refusals()).toMatchObject({ limit: 992, timeout: 8 })
  })

  test('from one address that begin handshakes are served at its rate, and no faster', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const flood = knock(bob.address, '127.0.0.9', 1_000)
    const hang = flood.map((socket) => socket.end('GET / HTTP/1.1\r\n\r\n'))
    await until(() => openOf(hang) === 0)
    const { limit, 'tls-error': errors, 'hung-up': hungUp } = bob.links.refusals()
    expect(limit + errors + hungUp).toBe(1_000)
    expect(errors + hungUp).toBeLessThanOrEqual(64)
    await world.link(ann, bob)
  })

  test('from many addresses keep honest peers out for no longer than an honest handshake takes', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const flood = Array.from({ length: 250 }, (_, index) => knock(bob.address, `127.0.1.${index + 1}`, 4)).flat()
    await until(() => openOf(flood) === 32)
    expect(limitsOf(bob)).toBe(968)
    await expect(dial(ann, bob.address)).rejects.toMatchObject({ code: 'peer-unreachable' })
    world.clock.advance(201)
    for (let count = 0; count < 3; count++) await world.link(ann, bob)
    expect([bob.accepted.length, openOf(flood)]).toEqual([3, 31])
  })

  test('of members, which are all let in, end at the number of links that a peer may have', async () => {
    const bob = await world.node('bob', { limits: { handshakesPerAddressMax: 32, handshakeBurstPerAddress: 2_000 } })
    const ann = await world.node('ann', { limits: { dialsMax: 1_000, socketsMax: 2_000 } })
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, () => dial(ann, bob.address)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeLessThanOrEqual(4)
    await until(() => bob.accepted.length >= 1)
    expect(bob.accepted.length).toBeLessThanOrEqual(4)
  })

  test('leave no timer, no socket and no memory of themselves', async () => {
    const bob = await world.node('bob')
    await until(() => openOf(knock(bob.address, '127.0.0.9', 200)) > 0)
    await until(() => limitsOf(bob) === 192)
    for (const socket of sockets) socket.destroy()
    await until(() => bob.links.refusals()['hung-up'] === 8)
    expect(world.clock.timersWaiting).toBe(0)
  })
})

describe('whoever begins and does not go on', () => {
  test('saying nothing, is cut when its time is over', async () => {
    const bob = await world.node('bob')
    const socket = await world.stranger(bob.address)
    await until(() => world.clock.timersWaiting === 1)
    world.clock.advance(4_999)
    expect([socket.closed, bob.links.refusals().timeout]).toEqual([false, 0])
    world.clock.advance(1)
    await whatItSays(socket)
    expect(bob.links.refusals()).toMatchObject({ timeout: 1, 'hung-up': 0, 'tls-error': 0 })
  })

  test('in the middle of the handshake, is cut too, and may close by itself', async () => {
    const bob = await world.node('bob')
    const hello = await firstFlight(bob)
    const [stays, goes] = [await world.stranger(bob.address), await world.stranger(bob.address)]
    for (const socket of [stays, goes]) socket.write(hello)
    await Promise.all([once(stays, 'data'), once(goes, 'data')])
    goes.destroy()
    await until(() => bob.links.refusals()['hung-up'] === 1)
    world.clock.advance(5_000)
    await whatItSays(stays)
    expect(bob.links.refusals()).toMatchObject({ timeout: 1, 'hung-up': 1 })
  })

  test('after TLS, without a word on whether we are welcome, is cut too', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const socket = world.tlsClient(bob.address, pems(ann.member))
    const [verdict] = (await once(socket, 'data')) as [Buffer]
    expect([...verdict]).toEqual([1])
    world.clock.advance(5_000)
    await whatItSays(socket)
    expect([bob.links.refusals().timeout, bob.accepted]).toEqual([1, []])
  })

  test('after it was refused, without closing, is cut too', async () => {
    const bob = await world.node('bob')
    world.tlsClient(bob.address, {})
    await until(() => bob.links.refusals()['no-certificate'] === 1)
    world.clock.advance(5_000)
    await until(() => world.clock.timersWaiting === 0)
    expect(bob.links.refusals()).toMatchObject({ 'no-certificate': 1, timeout: 0 })
  })
})

describe('a dial', () => {
  async function silentServer(greet: (socket: Socket) => void = () => {}): Promise<readonly [Server, Address]> {
    const server = createServer((socket) => {
      sockets.push(socket)
      socket.on('error', () => {}).resume()
      greet(socket)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return [server, { host: '127.0.0.1', port: (server.address() as { readonly port: number }).port }]
  }

  test('to where nobody listens says so', async () => {
    const ann = await world.node('ann')
    const [server, address] = await silentServer()
    await new Promise((resolve) => server.close(resolve))
    await expect(dial(ann, address)).rejects.toMatchObject({
      code: 'peer-unreachable',
      message: `nobody answers at 127.0.0.1:${address.port}: ECONNREFUSED`,
    })
    await expect(dial(ann, { host: 'no-such-host.invalid', port: 1 })).rejects.toMatchObject({
      code: 'peer-unreachable',
    })
    expect(world.clock.timersWaiting).toBe(0)
  })

  test('to somebody who takes the connection and is silent is given up in time', async () => {
    const ann = await world.node('ann')
    const [server, address] = await silentServer()
    const outcome = dial(ann, address).catch((error: unknown) => error)
    await until(() => sockets.length === 1)
    // It may just be between the connection and the handshake, each of which has a deadline of its own.
    await until(() => {
      world.clock.advance(1_000)
      return sockets[0]?.closed === true
    })
    expect(await outcome).toMatchObject({ code: 'peer-unreachable' })
    expect(ann.links.refusals().timeout).toBe(1)
    server.close()
  })

  test('to somebody who speaks something else, or closes at once, is told apart', async () => {
    const ann = await world.node('ann')
    const [chatty, chattyAddress] = await silentServer((socket) => socket.end('220 mail.example ESMTP\r\n'))
    await expect(dial(ann, chattyAddress)).rejects.toMatchObject({ code: 'refused' })
    const [busy, busyAddress] = await silentServer((socket) => socket.destroy())
    await expect(dial(ann, busyAddress)).rejects.toMatchObject({ code: 'peer-unreachable' })
    expect(ann.links.refusals()).toMatchObject({ 'tls-error': 1, 'hung-up': 1 })
    chatty.close()
    busy.close()
  })

  test('that is given up rejects with the reason and leaves nothing', async () => {
    const ann = await world.node('ann')
    const [server, address] = await silentServer()
    const reason = new Error('changed my mind')
    const early = ann.links.dial(address, { signal: AbortSignal.abort(reason) })
    await expect(early).rejects.toBe(reason)
    const giveUp = new AbortController()
    const outcome = ann.links.dial(address, { signal: giveUp.signal }).catch((error: unknown) => error)
    await until(() => sockets.length === 1)
    giveUp.abort(reason)
    expect(await outcome).toBe(reason)
    await until(() => openOf(sockets) === 0)
    expect(world.clock.timersWaiting).toBe(0)
    expect(Object.values(ann.links.refusals()).every((count) => count === 0)).toBe(true)
    server.close()
  })

  test('beyond the limits fails at once and is not begun', async () => {
    const [server, address] = await silentServer()
    const busy = await world.node('busy', { limits: { dialsMax: 1 } })
    const first = dial(busy, address).catch((error: unknown) => error)
    await expect(dial(busy, address)).rejects.toMatchObject({
      code: 'overloaded',
      message: '1 dials are in progress (dialsMax)',
    })

    const [ann, bob] = [await world.node('ann', { limits: { socketsMax: 1 } }), await world.node('bob')]
    const [near] = await world.link(ann, bob)
    await expect(dial(ann, bob.address)).rejects.toMatchObject({ code: 'overloaded' })
    await expect(dial(bob, ann.address)).rejects.toMatchObject({ code: 'peer-unreachable' })
    expect(limitsOf(ann)).toBe(1)
    near.link.destroy()
    await near.closed
    await world.link(ann, bob)
    await busy[Symbol.asyncDispose]()
    await first
    server.close()
  })
})

/** What a client sends first, as it came. */
async function firstFlight(like: TestNode): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  const client = world.tlsClient({ host: '127.0.0.1', port }, pems(like.member))
  const [socket] = (await once(server, 'connection')) as [Socket]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  client.destroy()
  socket.destroy()
  server.close()
  return hello
}
