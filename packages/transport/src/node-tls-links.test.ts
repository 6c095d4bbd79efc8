import { networkInterfaces } from 'node:os'
import { createServer } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dial, hold, pems, TlsWorld, until } from './testing/node-tls-world.ts'
import { tlsLinks } from './node-tls-links.ts'

let world: TlsWorld
beforeEach(() => {
  world = new TlsWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

describe('a link', () => {
  test('tells each end who the other is, and carries bytes both ways in order', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const [near, far] = await world.link(ann, bob)
    expect(near.link.peer).toMatchObject({ id: bob.member.id, name: 'bob', role: 'node', cluster: world.cluster.id })
    expect(far.link.peer).toMatchObject({ id: ann.member.id, name: 'ann' })
    expect(near.link.peer.notAfter).toBeGreaterThan(world.clock.wallNow())
    expect([near.link.dialledHere, far.link.dialledHere]).toEqual([true, false])
    expect([near.link.address, far.link.address.host]).toEqual([bob.address, '127.0.0.1'])

    for (const word of ['one ', 'two ', '', 'three']) near.link.write(Buffer.from(word))
    far.link.write(Buffer.from('answer'))
    await until(() => far.bytes().length === 13 && near.bytes().length === 6)
    expect([far.bytes().toString(), near.bytes().toString()]).toEqual(['one two three', 'answer'])
  })

  test('delivers what was sent before it was started, and nothing before', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const link = await dial(ann, bob.address)
    await until(() => bob.accepted[0] !== undefined)
    bob.accepted[0]?.link.write(Buffer.from('early'))
    await until(() => bob.accepted[0]?.drains() === 1)
    const held = hold(link)
    await until(() => held.bytes().length === 5)
    expect(held.bytes().toString()).toBe('early')
  })

  test('loses nothing of what comes together with the word that we are welcome', async () => {
    const bob = await world.node('bob')
    const socket = world.tlsClient(bob.address, pems(world.cluster.member('ann')))
    socket.once('secureConnect', () => socket.write('\x01at once'))
    await until(() => bob.accepted[0]?.bytes().length === 7)
    expect(bob.accepted[0]?.bytes().toString()).toBe('at once')
  })

  test('carries a large write without a copy of ours, in pieces that are the own of who receives them', async () => {
    const [near, far] = await world.link(await world.node('ann'), await world.node('bob'))
    const sent = Buffer.alloc(5_000_000)
    for (let index = 0; index < sent.length; index++) sent[index] = index % 251
    near.link.write(sent)
    await until(() => far.bytes().length >= sent.length)
    expect(Buffer.compare(far.bytes(), sent)).toBe(0)
    // No two pieces share memory, so what is kept of one never changes by what comes later.
    const places = new Set(far.pieces.map(({ buffer }) => buffer))
    expect(places.size).toBe(far.pieces.length)
  })

  test('says when all that was written has been taken, for small writes and large ones', async () => {
    const [near, far] = await world.link(await world.node('ann'), await world.node('bob'))
    near.link.write(Buffer.from('x'))
    expect(near.link.bufferedBytes).toBe(1)
    await until(() => near.drains() === 1)
    expect(near.link.bufferedBytes).toBe(0)
    for (let count = 0; count < 10; count++) near.link.write(Buffer.alloc(100_000))
    await until(() => near.drains() === 2 && far.bytes().length === 1_000_001)
    expect([near.link.bufferedBytes, near.drains()]).toEqual([0, 2])
  })

  test('slows the writer down while the reader has paused, and goes on when it resumes', async () => {
    const [near, far] = await world.link(await world.node('ann'), await world.node('bob'))
    far.link.pause()
    const piece = Buffer.alloc(1_000_000, 7)
    // More than the buffers of the system take, so that something is left here.
    let written = 0
    for (; written < 40; written++) near.link.write(piece)
    for (let round = 0; round < 200; round++) await new Promise((resolve) => setImmediate(resolve))
    expect(near.link.bufferedBytes).toBeGreaterThan(20_000_000)
    expect([far.bytes().length, near.drains()]).toEqual([0, 0])
    far.link.resume()
    await until(() => far.pieces.reduce((sum, { length }) => sum + length, 0) === written * piece.length)
    await until(() => near.drains() === 1)
    expect(near.link.bufferedBytes).toBe(0)
  })

  test('ends after what was written has gone, and takes nothing more', async () => {
    const [near, far] = await world.link(await world.node('ann'), await world.node('bob'))
    near.link.write(Buffer.alloc(3_000_000, 1))
    near.link.end()
    near.link.write(Buffer.from('too late'))
    expect(await far.closed).toBeUndefined()
    expect(far.bytes().length).toBe(3_000_000)
    expect(await near.closed).toBeUndefined()
  })

  test('that was ended is destroyed when the far end does not take what was written', async () => {
    const [near, far] = await world.link(await world.node('ann'), await world.node('bob'))
    far.link.pause()
    near.link.write(Buffer.alloc(40_000_000))
    near.link.end()
    for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve))
    expect(near.isClosed()).toBe(false)
    world.clock.advance(5_000)
    await near.closed
    far.link.destroy()
    await far.closed
  })

  test('tells a break from an end', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const [near, far] = await world.link(ann, bob)
    // Closed with bytes unread, as when a process is killed in the middle: the system resets the connection.
    far.link.pause()
    near.link.write(Buffer.alloc(40_000_000))
    for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve))
    far.link.destroy()
    expect(await near.closed).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) as string })
    expect(await far.closed).toBeUndefined()

    const [second] = await world.link(ann, bob)
    second.link.destroy()
    second.link.destroy()
    second.link.end()
    expect(await second.closed).toBeUndefined()
  })

  test('of a node with itself is one like any other: what it means is for its owner to say', async () => {
    const ann = await world.node('ann')
    const [near, far] = await world.link(ann, ann)
    expect([near.link.peer.id, far.link.peer.id]).toEqual([ann.member.id, ann.member.id])
    near.link.write(Buffer.from('me'))
    await until(() => far.bytes().length === 2)
  })

  test('calls nobody back during a write', async () => {
    const [near, far] = await world.link(await world.node('ann'), await world.node('bob'))
    near.link.write(Buffer.alloc(100_000))
    near.link.write(Buffer.alloc(100_000))
    expect([near.drains(), near.isClosed()]).toEqual([0, false])
    await until(() => near.drains() === 1)
    far.link.destroy()
    near.link.write(Buffer.of(1))
    expect(near.isClosed()).toBe(false)
    await near.closed
  })

  test('that closed before it was started says so after its start', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const link = await dial(ann, bob.address)
    await until(() => bob.accepted.length === 1)
    link.destroy()
    await until(() => bob.accepted[0]?.isClosed() === true)
    expect(await hold(link).closed).toBeUndefined()
  })
})

describe('listening', () => {
  test('works on IPv4 and IPv6 beside each other, on one port', async () => {
    const probe = await world.node('probe')
    const { port } = probe.address
    await probe[Symbol.asyncDispose]()
    const listen = ['0.0.0.0', '::'].map((host) => ({ host, port }))
    const [ann, bob] = [await world.node('ann'), await world.node('bob', { listen })]
    expect(bob.addresses).toEqual(listen)
    for (const host of ['127.0.0.1', '::1']) {
      const near = hold(await dial(ann, { host, port }))
      await until(() => bob.accepted.length > 0)
      expect([near.link.peer.name, bob.accepted.pop()?.link.address.host]).toEqual(['bob', host])
    }
  })

  test('on :: alone takes IPv4 too, and shows such an address as what it is', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob', { listen: [{ host: '::', port: 0 }] })]
    await dial(ann, { host: '127.0.0.1', port: bob.address.port })
    await until(() => bob.accepted.length === 1)
    expect(bob.accepted[0]?.link.address.host).toBe('127.0.0.1')
  })

  const linkLocal = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.filter(({ address }) => address.startsWith('fe80:')).map(({ address }) => `${address}%${name}`),
  )

  test.skipIf(linkLocal.length === 0)('takes who dials a link-local address with its zone', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob', { listen: [{ host: '::', port: 0 }] })]
    const link = await dial(ann, { host: linkLocal[0] ?? '', port: bob.address.port })
    expect(link.peer.name).toBe('bob')
  })

  test('on a port that is taken says which one, and lets go of the others', async () => {
    const ann = await world.node('ann')
    const taken = ann.address
    const free = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => free.once('listening', resolve))
    const other = { host: '127.0.0.1', port: (free.address() as { port: number }).port }
    await new Promise((resolve) => free.close(resolve))
    const error = await world.node('bob', { listen: [other, taken] }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'address-in-use',
      message: `TCP port ${taken.port} of 127.0.0.1 is in use by another program`,
      hint: expect.stringContaining('choose another port') as string,
    })
    await expect(world.node('carl', { listen: [other] })).resolves.toMatchObject({ address: other })
  })

  test('on an address of another machine is refused with a sentence', async () => {
    const listen = [{ host: '192.0.2.1', port: 0 }]
    await expect(world.node('ann', { listen })).rejects.toMatchObject({ code: 'no-such-address' })
  })

  test('a port that needs no listening dials all the same', async () => {
    const [ann, bob] = [await world.node('ann', { listen: [] }), await world.node('bob')]
    expect(ann.addresses).toEqual([])
    await expect(dial(ann, bob.address)).resolves.toMatchObject({ peer: { name: 'bob' } })
  })
})

describe('disposing', () => {
  test('closes all that is open, gives up what is being dialled, and leaves no timer and no handle', async () => {
    const resources = (): string[] => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/i.test(name))
    const before = resources()
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const [near, far] = await world.link(ann, bob)
    const silent = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1')
    await new Promise((resolve) => silent.once('listening', resolve))
    const dialled = dial(ann, { host: '127.0.0.1', port: (silent.address() as { port: number }).port })
    const outcome = dialled.catch((error: unknown) => error)
    await world.stranger(bob.address)
    await bob[Symbol.asyncDispose]()
    await far.closed
    await near.closed
    await ann[Symbol.asyncDispose]()
    expect(await outcome).toMatchObject({ code: 'closed' })
    await expect(dial(ann, bob.address)).rejects.toMatchObject({ code: 'closed' })
    silent.close()
    await until(() => resources().length <= before.length)
    expect(world.clock.timersWaiting).toBe(0)
  })

  test('twice is as good as once, and nothing is listened on after it', async () => {
    const identity = world.cluster.member('ann')
    const links = tlsLinks({ identity, clock: world.clock, listen: [{ host: '127.0.0.1', port: 0 }] })
    await links[Symbol.asyncDispose]()
    await links[Symbol.asyncDispose]()
    await expect(links.listen(() => {})).rejects.toMatchObject({ code: 'closed' })
  })
})

test('wrong settings are refused with sentences', () => {
  const identity = world.cluster.member('ann')
  const { clock } = world
  const other = world.cluster.member('bob')
  expect(() => tlsLinks({ identity, clock, limits: { handshakesMax: 0 } })).toThrow(
    'tls links: handshakesMax is 0; it must be a whole number from 1 to 4096',
  )
  for (const name of ['', 'flotilla/1', 'a b']) {
    expect(() => tlsLinks({ identity, clock, doors: { [name]: async () => {} } })).toThrow('is no name for a door')
  }
  expect(() => tlsLinks({ identity: { ...identity, secretKey: other.secretKey }, clock })).toThrow(
    `the certificate of ${identity.id} is not for the secret key beside it`,
  )
  expect(() => tlsLinks({ identity: { ...identity, authority: world.newCluster().authority }, clock })).toThrow(
    'is of the cluster',
  )
})
