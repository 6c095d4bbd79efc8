import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryHub, RecordingMetrics } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { MembershipEvent, MemberMetadata } from '../member.ts'
import type { Credentials, Datagrams } from '../ports.ts'
import { memoryAir, memoryAuthority } from '../testing/index.ts'
import { createMembership } from './driver.ts'
import type { MembershipSettings } from './settings.ts'
import { greetingIn, madeGreeting } from './testing/made-greeting.ts'

const crypto = nodeCrypto()
const port = 7_000
const bytesMax = 1_200

interface Sent {
  readonly to: string
  readonly bytes: Uint8Array
}

/** Machines that have no connections, and members of two clusters on them. */
function world() {
  const clock = new ManualClock()
  const hub = memoryHub({ clock, connectOnJoin: false })
  const air = memoryAir({ clock, prng: new Prng(1) })
  const authority = memoryAuthority({ crypto, cluster: 'ours' })
  let lives = 0
  const join = (name: string, host: string, settings: Partial<MembershipSettings> = {}, version = '1') => {
    const credentials = authority.admit(name)
    const node = hub.join(credentials.self)
    const datagrams = air.open([{ host, port }])
    const sent = tapped(datagrams)
    const metrics = new RecordingMetrics()
    const metadata: MemberMetadata = { name, roles: [], capabilities: [], version, addresses: [], load: 0 }
    const prng = new Prng(++lives)
    const shared = { datagrams, network: node.network, credentials, crypto, clock, prng, metadata, metrics, settings }
    const membership = createMembership(shared)
    const events: MembershipEvent[] = []
    const reading = (async () => {
      for await (const event of membership.events()) events.push(event)
    })()
    return {
      id: credentials.self,
      credentials,
      membership,
      sent,
      events,
      datagrams,
      found: { id: credentials.self, datagramAddresses: [{ host, port }], proof: credentials.proof() },
      refused: (why: string) => metrics.value('flotilla_membership_refused_total', { why }) ?? 0,
      names: () => membership.members().map(({ metadata: said, status }) => `${said.name} ${status}`),
      async stop() {
        await membership[Symbol.asyncDispose]()
        await datagrams[Symbol.asyncDispose]()
        await node[Symbol.asyncDispose]()
        await reading
      },
    }
  }
  const pass = async (durationMs: number): Promise<void> => {
    for (let passed = 0; passed < durationMs; passed += 10) {
      clock.advance(10)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
  }
  return { clock, air, authority, join, pass }
}

function tapped(datagrams: Datagrams): Sent[] {
  const sent: Sent[] = []
  const send = datagrams.send.bind(datagrams)
  datagrams.send = (to, bytes) => {
    sent.push({ to: to.host, bytes: bytes.slice() })
    send(to, bytes)
  }
  return sent
}

type Said = Parameters<typeof madeGreeting>[2]
type As = Parameters<typeof madeGreeting>[3]
const greeting = (credentials: Credentials, said: Said, as?: As): Uint8Array =>
  madeGreeting(crypto, credentials, said, as)

const greetings = (sent: readonly Sent[]): Sent[] => sent.filter((one) => greetingIn(one) !== undefined)

describe('members that discovery has found', () => {
  test('know each other a moment later, without a connection, and are told of once', async () => {
    const { join, pass } = world()
    const [ann, bob] = [join('ann', '10.0.0.1'), join('bob', '10.0.0.2')]
    ann.membership.meet(bob.found)
    bob.membership.meet(ann.found) // At once, so that greetings cross.
    await pass(30)
    expect([ann.names(), bob.names()]).toEqual([
      ['ann alive', 'bob alive'],
      ['bob alive', 'ann alive'],
    ])
    await pass(5_000)
    for (const { events } of [ann, bob]) expect(events.map(({ type }) => type)).toEqual(['joined'])
    expect(greetings([...ann.sent, ...bob.sent]).length).toBeLessThanOrEqual(4)
    await Promise.all([ann.stop(), bob.stop()])
  })

  test('know each other also where one alone has heard the other, by three datagrams', async () => {
    const { join, pass } = world()
    const [ann, bob] = [join('ann', '10.0.0.1'), join('bob', '10.0.0.2')]
    ann.membership.meet(bob.found)
    await pass(30)
    expect([ann.names(), bob.names()]).toEqual([
      ['ann alive', 'bob alive'],
      ['bob alive', 'ann alive'],
    ])
    expect([greetings(ann.sent).length, greetings(bob.sent).length]).toEqual([2, 1])
    await Promise.all([ann.stop(), bob.stop()])
  })

  test('know each other by two datagrams where the beacon asks; answers to an earlier life do not count', async () => {
    const { air, join, pass } = world()
    const [ann, bob] = [join('ann', '10.0.0.1'), join('bob', '10.0.0.2')]
    ann.membership.meet({ ...bob.found, question: bob.membership.question })
    await pass(30)
    expect([ann.names(), bob.names()]).toEqual([
      ['ann alive', 'bob alive'],
      ['bob alive', 'ann alive'],
    ])
    expect([greetings(ann.sent).length, greetings(bob.sent).length]).toEqual([1, 1])
    await Promise.all([ann.stop(), bob.stop()])
    const again = join('bob', '10.0.0.2')
    const mallory = air.open([{ host: '10.6.6.6', port: 6 }])
    for (const { bytes } of ann.sent) mallory.send({ host: '10.0.0.2', port }, bytes)
    await pass(1_000)
    expect(again.names()).toEqual(['bob alive'])
    await again.stop()
  })

  test('are greeted again when a greeting is lost, at the next address, and not for ever', async () => {
    const { air, join, pass } = world()
    const [ann, bob] = [join('ann', '10.0.0.1'), join('bob', '10.0.0.2')]
    const away = { host: '10.0.0.9', port }
    ann.membership.meet({ ...bob.found, datagramAddresses: [away, ...bob.found.datagramAddresses] })
    await pass(300)
    expect(ann.names()).toEqual(['ann alive', 'bob alive'])
    const cid = join('cid', '10.0.0.3')
    air.cut('10.0.0.3', '10.0.0.1')
    ann.membership.meet(cid.found)
    await pass(10_000)
    expect(greetings(ann.sent).filter(({ to }) => to === '10.0.0.3')).toHaveLength(3)
    await Promise.all([ann.stop(), bob.stop(), cid.stop()])
  })

  test('are met with a record that leaves no room for the proof, which the beacon has shown', async () => {
    const { join, pass } = world()
    const [ann, bob] = [join('ann', '10.0.0.1', {}, 'x'.repeat(64)), join('bob', '10.0.0.2')]
    const capabilities = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(60))
    for (const { membership } of [ann, bob]) membership.setMetadata({ ...membership.self().metadata, capabilities })
    ann.membership.meet(bob.found)
    bob.membership.meet(ann.found)
    await pass(30)
    expect(ann.membership.members().map(({ metadata }) => metadata.capabilities)).toEqual([capabilities, capabilities])
    await Promise.all([ann.stop(), bob.stop()])
  })

  test('are met over a connection where there are too many at once', async () => {
    const { join, pass } = world()
    const ann = join('ann', '10.0.0.1', { meetingsMax: 1 })
    const [bob, cid] = [join('bob', '10.0.0.2'), join('cid', '10.0.0.3')]
    ann.membership.meet(bob.found)
    bob.datagrams.pause()
    ann.membership.meet(cid.found)
    await pass(100)
    expect(greetings(ann.sent).map(({ to }) => to)).toEqual(['10.0.0.2'])
    await pass(5_000) // The meeting that came to nothing is over, and makes room.
    ann.membership.meet(cid.found)
    await pass(100)
    expect(ann.names()).toEqual(['ann alive', 'cid alive'])
    await Promise.all([ann.stop(), bob.stop(), cid.stop()])
  })
})

describe('a greeting', () => {
  test('of a stranger, in the name of another or of another session is not answered', async () => {
    const { air, authority, join, pass } = world()
    const ann = join('ann', '10.0.0.1')
    const eve = memoryAuthority({ crypto, cluster: 'theirs' }).admit('eve')
    const [bob, mallory] = [authority.admit('bob'), authority.admit('mallory')]
    const gone = authority.admit('gone')
    authority.revoke(gone.self)
    const outside = air.open([{ host: '10.6.6.6', port: 1 }])
    const forged = [
      greeting(eve, {}), // Its proof is of another cluster.
      greeting(gone, {}),
      greeting(mallory, {}, { id: bob.self, proof: bob.proof() }), // Signed by itself, for another.
      greeting(mallory, {}, { id: bob.self }),
      greeting(eve, {}, { id: bob.self, proof: bob.proof() }),
      greeting(mallory, {}, { shown: authority.admit('mallory', 'operator').proof() }), // Not the record's.
      greeting(mallory, {}, { session: 10 }), // Not of the life that the record is of.
    ]
    for (const bytes of forged) outside.send({ host: '10.0.0.1', port }, bytes)
    await pass(500)
    expect(ann.names()).toEqual(['ann alive'])
    expect(ann.sent).toEqual([])
    expect(['foreign', 'revoked', 'wrong-proof', 'wrong-signature', 'wrong-record'].map(ann.refused)).toEqual([
      1, 1, 2, 2, 1,
    ])
    await ann.stop()
  })

  test('is not believed while nobody has answered our question, so a recording makes nobody known', async () => {
    const { air, join, pass } = world()
    const [ann, bob] = [join('ann', '10.0.0.1'), join('bob', '10.0.0.2')]
    ann.membership.meet(bob.found)
    await pass(1_000)
    expect(ann.names()).toEqual(['ann alive', 'bob alive'])
    await bob.stop()
    await ann.stop()
    const cid = join('cid', '10.0.0.3')
    cid.membership.meet(bob.found) // A beacon, too, may be played again for a while.
    const again = join('ann', '10.0.0.1')
    const mallory = air.open([{ host: '10.6.6.6', port: 6 }])
    for (const { bytes } of bob.sent) {
      for (const host of ['10.0.0.3', '10.0.0.1']) mallory.send({ host, port }, bytes)
    }
    await pass(5_000)
    expect([cid.names(), again.names()]).toEqual([['cid alive'], ['ann alive']])
    const back = join('bob', '10.0.0.2')
    cid.membership.meet(back.found)
    await pass(100)
    for (const { bytes } of bob.sent) mallory.send({ host: '10.0.0.3', port }, bytes)
    await pass(1_000)
    expect(cid.names()).toEqual(['cid alive', 'bob alive'])
    expect(cid.membership.members()[1]?.incarnation).toBe(back.membership.self().incarnation)
    await Promise.all([cid.stop(), again.stop(), back.stop()])
  })

  test('has an answer that is no longer than itself, and one that is too short has none', async () => {
    const { air, authority, join, pass } = world()
    const ann = join('ann', '10.0.0.1')
    const [bob, cid] = [authority.admit('bob'), authority.admit('cid')]
    const outside = air.open([{ host: '10.6.6.6', port: 1 }])
    const question = greeting(bob, { padded: bytesMax - 6 })
    outside.send({ host: '10.0.0.1', port }, question)
    outside.send({ host: '10.0.0.1', port }, greeting(cid, { padded: bytesMax - 40 }))
    await pass(5_000)
    expect(ann.sent.map(({ to }) => to)).toEqual(['10.6.6.6']) // Once, however long nobody says anything to it.
    expect(ann.sent[0]?.bytes.length).toBeLessThanOrEqual(question.length + 2)
    expect(ann.refused('too-short')).toBe(1)
    await ann.stop()
  })

  test('is answered only so often in a second, of one member, known or not', async () => {
    const { air, authority, join, pass } = world()
    const ann = join('ann', '10.0.0.1')
    const bob = authority.admit('bob')
    const outside = air.open([{ host: '10.6.6.6', port: 1 }])
    const greet = (counter: number, answer?: number): void =>
      outside.send({ host: '10.0.0.1', port }, greeting(bob, answer === undefined ? { counter } : { counter, answer }))
    for (let counter = 1; counter <= 50; counter++) greet(counter)
    await pass(20)
    expect(greetings(ann.sent)).toHaveLength(4)
    const asked = ann.sent.map((one) => greetingIn(one)?.question)
    expect(new Set(asked).size).toBe(1)
    greet(51, asked[0] ?? 0)
    await pass(10)
    expect(ann.names()).toEqual(['ann alive', 'made alive'])
    for (let counter = 52; counter <= 100; counter++) greet(counter)
    await pass(20)
    expect(greetings(ann.sent)).toHaveLength(4)
    outside.send({ host: '10.0.0.1', port }, greeting(bob, { counter: 101, padded: bytesMax - 40 }))
    await pass(2_000)
    expect([ann.refused('too-short'), greetings(ann.sent).length]).toEqual([1, 4])
    await ann.stop()
  })

  test('is looked at only so often in a second, of all whom nobody knows', async () => {
    const { air, authority, join, pass } = world()
    const ann = join('ann', '10.0.0.1', { strangersPerSourcePerSecondMax: 3, strangersPerSecondMax: 5 })
    const sources = ['10.6.6.1', '10.6.6.2', '10.6.6.3'].map((host) => air.open([{ host, port: 1 }]))
    for (const [place, source] of sources.entries()) {
      for (let count = 0; count < 4; count++) {
        source.send({ host: '10.0.0.1', port }, greeting(authority.admit(`${place} ${count}`), {}))
      }
    }
    await pass(10)
    expect(ann.sent.filter(({ to }) => to === '10.6.6.1')).toHaveLength(3)
    expect(ann.sent).toHaveLength(5)
    await ann.stop()
  })
})
