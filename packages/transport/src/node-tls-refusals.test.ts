import { once } from 'node:events'
import { createServer as createTlsServer, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { WallMillis } from '@flotilla/core/time'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TestMember } from './testing/test-cluster.ts'
import { dial, pems, TlsWorld, until, whatItSays, type TestNode } from './testing/node-tls-world.ts'
import type { TlsRefusal } from './node-tls-refusals.ts'

let world: TlsWorld
beforeEach(() => {
  world = new TlsWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const secret = Buffer.from('what nobody may see who is not let in')

/** The refusals that are not 0. */
function refusalsOf({ links }: TestNode): Partial<Record<TlsRefusal, number>> {
  return Object.fromEntries(Object.entries(links.refusals()).filter(([, count]) => count > 0))
}

/** Somebody who may not come in dials, and sends something at once: it is told why, it is counted, nobody hears it. */
async function refusedDialler(bob: TestNode, options: ConnectionOptions): Promise<string> {
  const socket = world.tlsClient(bob.address, options)
  // Right with the end of the handshake, without waiting for anything; with a welcome of its own.
  socket.once('secureConnect', () => socket.write(Buffer.concat([Buffer.of(1), secret])))
  const said = await whatItSays(socket)
  expect(bob.accepted).toEqual([])
  return said.length === 0 ? '' : `${said[0]} ${said.subarray(2).toString()}`
}

function wrongIdMember(): TestMember {
  const [mallory, victim] = [world.cluster.member('mallory'), world.cluster.member('victim')]
  // Only texts change, of the same length, so that the certificate stays readable.
  const forged = Buffer.from(mallory.certificate).toString('latin1').replaceAll(mallory.id, victim.id)
  return { ...mallory, id: victim.id, certificate: Buffer.from(forged, 'latin1') }
}

function badlySignedMember(): TestMember {
  const mallory = world.cluster.member('mallory')
  const certificate = Uint8Array.from(mallory.certificate)
  certificate[certificate.length - 1] = (certificate.at(-1) ?? 0) ^ 1
  return { ...mallory, certificate }
}

/** Valid from so many milliseconds from now on, until then from now on. */
function memberOfTime(name: string, fromMs: number, untilMs: number): TestMember {
  const now = world.clock.wallNow()
  return world.cluster.member(name, {
    notBefore: (now + fromMs) as WallMillis,
    notAfter: (now + untilMs) as WallMillis,
  })
}

/** Who is refused because of the certificate that it shows, and with which words. */
const strangers: readonly {
  readonly who: string
  readonly why: TlsRefusal
  readonly make: () => TestMember
  readonly words: string
}[] = [
  {
    who: 'a member of another cluster',
    why: 'foreign-authority',
    make: () => world.newCluster().member('stranger'),
    words: 'is of the cluster',
  },
  {
    who: 'whoever signs for our authority',
    why: 'foreign-authority',
    make: badlySignedMember,
    words: 'is not signed by the authority',
  },
  { who: 'an expired member', why: 'expired', make: () => memberOfTime('late', -60_000, -2_000), words: 'has expired' },
  {
    who: 'a member of the future',
    why: 'not-yet-valid',
    make: () => memberOfTime('early', 7_200_000, 9_000_000),
    words: 'is not valid before',
  },
  { who: "somebody with another one's id", why: 'wrong-id', make: wrongIdMember, words: 'is not the one of its key' },
  {
    who: 'somebody with a certificate of another form',
    why: 'malformed-certificate',
    make: () => ({
      ...world.cluster.member('mallory'),
      certificate: world.cluster.authority,
      secretKey: world.cluster.authoritySecretKey,
    }),
    words: 'malformed',
  },
]

describe.each(strangers)('$who', ({ why, make, words }) => {
  test('is not let in, is told why and is counted', async () => {
    const bob = await world.node('bob')
    const said = await refusedDialler(bob, pems(make()))
    expect(said).toMatch(/^0 /)
    expect(said).toContain(words)
    expect(refusalsOf(bob)).toEqual({ [why]: 1 })
    expect(bob.metrics.value('flotilla_transport_tls_refusals_total', { why })).toBe(1)
  })

  test('is not believed when it is dialled, and sees no byte of the dialler', async () => {
    const ann = await world.node('ann')
    const { server, port, sockets } = await tlsServer({ ...pems(make()), ALPNProtocols: ['flotilla/1'] })
    // It welcomes everybody and says something that must not be heard.
    server.on('secureConnection', (socket) => socket.write(Buffer.concat([Buffer.of(1), secret])))
    await expect(dial(ann, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(words) as string,
    })
    expect(refusalsOf(ann)).toEqual({ [why]: 1 })
    await until(() => sockets.every(({ closed }) => closed))
    server.close()
  })
})

describe('a dialler', () => {
  test('without a certificate is told to join', async () => {
    const bob = await world.node('bob')
    expect(await refusedDialler(bob, {})).toBe('0 you showed no certificate: join the cluster first')
    expect(refusalsOf(bob)).toEqual({ 'no-certificate': 1 })
  })

  test('whom the admission refuses is told its sentence, and both ends count it', async () => {
    const refused = world.cluster.member('eve')
    const admission = ({ id }: { readonly id: string }): string | undefined =>
      id === refused.id ? 'its certificate was revoked on Tuesday' : undefined
    const bob = await world.node('bob', { admission })
    const eve = await world.node('eve', { member: refused })
    await expect(dial(eve, bob.address)).rejects.toMatchObject({
      code: 'refused',
      message: `127.0.0.1:${bob.address.port} refuses us: its certificate was revoked on Tuesday`,
    })
    expect([refusalsOf(bob), refusalsOf(eve)]).toEqual([{ 'not-admitted': 1 }, { 'refused-by-peer': 1 }])
    expect(bob.logger.entries).toMatchObject([{ level: 'debug', fields: { why: 'not-admitted' } }])
    // And the other way round: it is not dialled either.
    await expect(dial(bob, eve.address)).rejects.toMatchObject({
      code: 'refused',
      message: `127.0.0.1:${eve.address.port} is refused: its certificate was revoked on Tuesday`,
    })
    await until(() => refusalsOf(eve)['refused-by-peer'] === 2)
    expect([refusalsOf(bob), eve.accepted]).toEqual([{ 'not-admitted': 2 }, []])
  })

  test('with TLS 1.2 gets nowhere', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const socket = world.tlsClient(bob.address, { ...pems(ann.member), minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' })
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error).toMatchObject({ code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
    await until(() => refusalsOf(bob)['tls-error'] === 1)

    const { server, port } = await tlsServer({
      ...pems(bob.member),
      maxVersion: 'TLSv1.2',
      ALPNProtocols: ['flotilla/1'],
    })
    await expect(dial(ann, { host: '127.0.0.1', port })).rejects.toMatchObject({ code: 'refused' })
    expect(refusalsOf(ann)).toEqual({ 'tls-error': 1 })
    server.close()
  })

  test('that speaks another protocol, or names none, gets nowhere', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const other = world.tlsClient(bob.address, { ...pems(ann.member), ALPNProtocols: ['http/1.1'] })
    await once(other, 'error')
    await until(() => refusalsOf(bob)['tls-error'] === 1)
    expect(await refusedDialler(bob, { ...pems(ann.member), ALPNProtocols: [] })).toBe('0 this port speaks flotilla/1')
    expect(refusalsOf(bob)).toEqual({ 'tls-error': 2 })

    const { server, port } = await tlsServer({ ...pems(bob.member) })
    await expect(dial(ann, { host: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'refused',
      message: `127.0.0.1:${port} is refused: the far end does not speak flotilla/1`,
    })
    server.close()
  })

  test('that does not say whether we are welcome is no link', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const socket = world.tlsClient(bob.address, pems(ann.member))
    socket.once('secureConnect', () => socket.write('GET / HTTP/1.1\r\n\r\n'))
    await whatItSays(socket)
    expect([refusalsOf(bob), bob.accepted]).toEqual([{ 'tls-error': 1 }, []])
  })

  test('with more links than it may have is told so', async () => {
    const bob = await world.node('bob', { limits: { linksPerPeerMax: 2 } })
    const ann = await world.node('ann')
    const [near] = await world.link(ann, bob)
    await world.link(ann, bob)
    await expect(dial(ann, bob.address)).rejects.toMatchObject({
      message: expect.stringContaining('2 links with') as string,
    })
    expect(refusalsOf(bob)).toEqual({ limit: 1 })
    near.link.destroy()
    await until(() => bob.accepted[0]?.isClosed() === true)
    await expect(dial(ann, bob.address)).resolves.toMatchObject({ peer: { name: 'bob' } })
  })
})

describe('a session', () => {
  test('is never resumed: who was revoked since does not come in with its ticket', async () => {
    let revoked = false
    const bob = await world.node('bob', { admission: () => (revoked ? 'revoked' : undefined) })
    const eve = world.cluster.member('eve')
    // OpenSSL hands out tickets all the same; they have to be worth nothing.
    const tickets: Buffer[] = []
    const first = world.tlsClient(bob.address, pems(eve))
    first.on('session', (ticket) => void tickets.push(ticket)).resume()
    first.once('secureConnect', () => first.write(Buffer.of(1)))
    await until(() => bob.accepted.length === 1 && tickets.length > 0)
    first.destroy()
    revoked = true
    const [session] = tickets.splice(-1)
    const second = world.tlsClient(bob.address, { ...pems(eve), ...(session === undefined ? {} : { session }) })
    let resumed: boolean | undefined
    second.once('secureConnect', () => {
      resumed = second.isSessionReused()
    })
    expect((await whatItSays(second)).subarray(2).toString()).toBe('revoked')
    expect([resumed, bob.accepted.length]).toEqual([false, 1])
  })

  test('with a renewed certificate begins without a restart, and shows the new one at both ends', async () => {
    const [ann, bob] = [await world.node('ann'), await world.node('bob')]
    const [old] = await world.link(ann, bob)
    world.clock.setWall(world.clock.wallNow() + 7_200_000)
    await expect(dial(ann, bob.address)).rejects.toMatchObject({
      message: expect.stringContaining('expired') as string,
    })
    for (const { member, links } of [ann, bob]) {
      const notBefore = world.clock.wallNow()
      links.useIdentity(world.cluster.member('renewed', { secretKey: member.secretKey, notBefore }))
    }
    const [near, far] = await world.link(ann, bob)
    for (const { peer } of [near.link, far.link]) expect(peer).toMatchObject({ name: 'renewed' })
    // The link from before is still there; its certificate says since when it should not be.
    expect([old.isClosed(), old.link.peer.notAfter < world.clock.wallNow()]).toEqual([false, true])
  })
})

async function tlsServer(options: Parameters<typeof createTlsServer>[0] & object): Promise<{
  readonly server: ReturnType<typeof createTlsServer>
  readonly port: number
  readonly sockets: readonly TLSSocket[]
}> {
  const server = createTlsServer({ requestCert: true, rejectUnauthorized: false, ...options })
  const sockets: TLSSocket[] = []
  server.on('secureConnection', (socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    // Nothing but a refusal may come: no welcome, and nothing after it.
    socket.on('data', (bytes: Buffer) => expect(bytes[0]).toBe(0))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as { readonly port: number }).port, sockets }
}
