import { createServer } from 'node:tls'
import { certificateToPem } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { openDoor, type Door, type DoorStream } from './node-tls-door.ts'
import { dial, hold, pems, TlsWorld, until, type TestNode } from './testing/node-tls-world.ts'

let world: TlsWorld
beforeEach(() => {
  world = new TlsWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const protocol = 'join/1'
const limits = { doorBytesMax: 1_024, doorsOpenMax: 2 }

function fingerprint(): Uint8Array {
  return nodeCrypto().sha256(world.cluster.authority)
}

async function knock(at: TestNode, changes: Partial<Parameters<typeof openDoor>[2]> = {}): ReturnType<typeof openDoor> {
  const { signal } = new AbortController()
  const { clock } = world
  return openDoor(at.address, protocol, { authorityFingerprint: fingerprint(), clock, signal, ...changes })
}

async function all(stream: DoorStream): Promise<string> {
  return Buffer.concat(await Array.fromAsync(stream.read())).toString()
}

describe('a door', () => {
  test('lets somebody in without a certificate, who knows whom it talks to', async () => {
    const seen: unknown[] = []
    const answer: Door = async (stream, from) => {
      seen.push(from.host, Buffer.from(stream.exporter).toString('hex'))
      // The newcomer has ended already; the answer goes all the same.
      await stream.write(Buffer.from(`heard ${await all(stream)}`))
      stream.end()
    }
    const bob = await world.node('bob', { doors: { [protocol]: answer } })
    const stream = await knock(bob)
    expect(stream.node).toMatchObject({ id: bob.member.id, name: 'bob', role: 'node' })
    await stream.write(Buffer.from('hel'))
    await stream.write(Buffer.from('lo'))
    stream.end()
    expect(await all(stream)).toBe('heard hello')
    expect(seen).toEqual(['127.0.0.1', Buffer.from(stream.exporter).toString('hex')])
    expect(stream.exporter.length).toBe(32)
    const second = await knock(bob)
    expect(Buffer.compare(second.exporter, stream.exporter)).not.toBe(0)
    second.destroy()
    await until(() => seen.length === 4)
  })

  test('is no way to a link: neither end becomes one', async () => {
    const bob = await world.node('bob', { doors: { [protocol]: async (stream) => void (await all(stream)) } })
    const stream = await knock(bob)
    await stream.write(Buffer.of(1))
    stream.end()
    await all(stream)
    expect(bob.accepted).toEqual([])
    const ann = await world.node('ann')
    const link = hold(await dial(ann, bob.address))
    expect(link.link.peer.name).toBe('bob')
  })

  test('of a node of another cluster, of an expired one and of one that is no node is not entered', async () => {
    const doors = { [protocol]: async () => {} }
    const bob = await world.node('bob', { doors })
    await expect(knock(bob, { authorityFingerprint: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('belongs to another cluster') as string,
    })
    const agent = await world.node('agent', { doors, member: world.cluster.member('agent', { role: 'agent' }) })
    await expect(knock(agent)).rejects.toMatchObject({
      message: expect.stringContaining('only a node keeps a door') as string,
    })
    world.clock.setWall(world.clock.wallNow() + 7_200_000)
    await expect(knock(bob)).rejects.toMatchObject({ message: expect.stringContaining('has expired') as string })
  })

  test('of somebody who shows the right authority and is not certified by it is not entered', async () => {
    const foreign = world.newCluster().member('mallory')
    const { cert, key } = pems(foreign)
    const server = createServer({
      key,
      cert: cert + certificateToPem(world.cluster.authority),
      ALPNProtocols: [protocol],
    })
    server.on('secureConnection', (socket) => socket.on('error', () => {}).write(Buffer.of(1)))
    server.listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { readonly port: number }
    const { signal } = new AbortController()
    const options = { authorityFingerprint: fingerprint(), clock: world.clock, signal }
    await expect(openDoor({ host: '127.0.0.1', port }, protocol, options)).rejects.toMatchObject({ code: 'refused' })
    server.close()
  })

  test('that does not exist is refused', async () => {
    const bob = await world.node('bob')
    await expect(knock(bob)).rejects.toMatchObject({ code: 'refused' })
    expect(bob.links.refusals()).toMatchObject({ 'tls-error': 1 })
  })

  test('lets in so many at once, and tells the next to come again', async () => {
    const bob = await world.node('bob', { limits, doors: { [protocol]: async (stream) => void (await all(stream)) } })
    const first = await knock(bob)
    await knock(bob)
    await expect(knock(bob)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('2 others are at the door (doorsOpenMax): try again in a moment') as string,
    })
    expect(bob.links.refusals().limit).toBe(1)
    // Links have nothing to do with it.
    await world.link(await world.node('ann'), bob)
    first.destroy()
    await expect(retried(() => knock(bob))).resolves.toMatchObject({ node: { name: 'bob' } })
  })

  test('closes when time is over, whoever still waits', async () => {
    const outcomes: unknown[] = []
    const serve: Door = async (stream) => void outcomes.push(await all(stream).catch((error: unknown) => error))
    const bob = await world.node('bob', { doors: { [protocol]: serve } })
    const stream = await knock(bob)
    const reading = all(stream).catch((error: unknown) => error)
    world.clock.advance(30_000)
    expect(await reading).toMatchObject({ code: 'door-closed' })
    await until(() => outcomes.length === 1)
    expect(outcomes[0]).toMatchObject({ code: 'door-closed' })
    await expect(stream.write(Buffer.of(1))).rejects.toMatchObject({ code: 'door-closed' })
    expect(world.clock.timersWaiting).toBe(0)
  })

  test('carries so many bytes each way and no more', async () => {
    const outcomes: unknown[] = []
    const serve: Door = async (stream) => void outcomes.push(await all(stream).catch((error: unknown) => error))
    const bob = await world.node('bob', { limits, doors: { [protocol]: serve } })
    const stream = await knock(bob)
    await stream.write(Buffer.alloc(1_024))
    await stream.write(Buffer.of(1))
    await until(() => outcomes.length === 1)
    expect(outcomes[0]).toMatchObject({ code: 'too-large' })
    const small = await knock(bob, { limits })
    await small.write(Buffer.alloc(1_000))
    await expect(small.write(Buffer.alloc(25))).rejects.toMatchObject({ code: 'too-large' })
    small.destroy()
  })

  test('that fails takes nothing with it but its stream', async () => {
    const doors = { [protocol]: () => Promise.reject(new Error('a bug')) }
    const bob = await world.node('bob', { doors })
    const stream = await knock(bob)
    expect(await all(stream).catch(() => '')).toBe('')
    await until(() => bob.logger.entries.some(({ level, message }) => level === 'warn' && message === 'a door failed'))
    await world.link(await world.node('ann'), bob)
  })
})

/** Until it does not reject any more. */
async function retried<Result>(act: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await act()
    } catch {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
