import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { connect as connectTcp, createServer } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { pems, TlsWorld, until, whatItSays } from './testing/node-tls-world.ts'

let world: TlsWorld
beforeEach(() => {
  world = new TlsWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

describe('bytes that are no handshake', () => {
  test('are refused whatever they are, and honest peers are served meanwhile', async () => {
    const bob = await world.node('bob', { limits: { handshakeBurstPerAddress: 10_000 } })
    const ann = await world.node('ann')
    const records = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 2_000 }),
      // As a TLS record of a handshake, or of something else, that says how long it is.
      fc
        .tuple(fc.constantFrom(20, 21, 22, 23), fc.uint8Array({ minLength: 1, maxLength: 600 }))
        .map(([type, body]) => Uint8Array.from([type, 3, 3, body.length >> 8, body.length & 255, ...body])),
    )
    await fc.assert(
      fc.asyncProperty(records, async (garbage) => {
        const socket = await world.stranger(bob.address)
        socket.end(garbage)
        await whatItSays(socket)
      }),
      { numRuns: 200 },
    )
    const { 'tls-error': errors, 'hung-up': hungUp, ...others } = bob.links.refusals()
    expect([errors + hungUp, bob.accepted]).toEqual([200, []])
    expect(Object.values(others).every((count) => count === 0)).toBe(true)
    await world.link(ann, bob)
  })

  test('a client hello that was changed on the way is refused, whatever was changed', async () => {
    const bob = await world.node('bob', { limits: { handshakeBurstPerAddress: 10_000 } })
    const hello = await clientHello(pems(world.cluster.member('ann')))
    await fc.assert(
      fc.asyncProperty(fc.nat(hello.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const changed = Buffer.from(hello)
        changed[place] = (changed[place] ?? 0) ^ change
        const socket = await world.stranger(bob.address)
        socket.end(changed)
        await whatItSays(socket)
      }),
      { numRuns: 300 },
    )
    expect(bob.accepted).toEqual([])
    await world.link(await world.node('ann'), bob)
  })

  test('after the handshake break the link and nothing else', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const raw = connectTcp(bob.address)
    await once(raw, 'connect')
    const socket = connectTls({
      socket: raw,
      ...pems(ann.member),
      rejectUnauthorized: false,
      ALPNProtocols: ['flotilla/1'],
    })
    socket.on('error', () => {})
    await once(socket, 'secureConnect')
    socket.write(Buffer.of(1))
    await until(() => bob.accepted.length === 1)
    // Past TLS: a record whose tag is wrong.
    const record = createHmac('sha512', 'not the key').update('x').digest()
    raw.write(Buffer.concat([Buffer.of(23, 3, 3, 0, record.length), record]))
    expect(await bob.accepted[0]?.closed).toMatchObject({ code: expect.stringMatching(/^ERR_SSL/) as string })
    expect(bob.accepted[0]?.pieces).toEqual([])
  })
})

/** The first bytes that a client sends. */
async function clientHello(credentials: ConnectionOptions): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { readonly port: number }
  world.tlsClient({ host: '127.0.0.1', port }, credentials)
  const [socket] = (await once(server, 'connection')) as [ReturnType<typeof connectTcp>]
  const [hello] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  server.close()
  return hello
}
