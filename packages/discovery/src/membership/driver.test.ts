import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import { ManualClock, memoryHub, RecordingMetrics } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { MembershipEvent, MemberMetadata } from '../member.ts'
import { memoryAir, memoryAuthority } from '../testing/index.ts'
import { createMembership } from './driver.ts'
import type { MembershipOptions } from './membership.ts'

const crypto = nodeCrypto()

/** Machines of one cluster, with real signatures, on a clock that moves when told. */
function town(seed = 1) {
  const clock = new ManualClock()
  const prng = new Prng(seed)
  const hub = memoryHub({ clock })
  const air = memoryAir({ clock, prng: prng.split('air') })
  const authority = memoryAuthority({ crypto, cluster: 'town' })
  air.weather = { lossPerMille: 0, duplicationPerMille: 0, latencyMs: [0.1, 1] }
  let machines = 0
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 60; turn++) await Promise.resolve()
  }
  return {
    clock,
    hub,
    air,
    authority,
    settle,
    /** Moves time in small steps, and lets promises run between them. */
    async pass(durationMs: number): Promise<void> {
      for (let passed = 0; passed < durationMs; passed += 10) {
        clock.advance(10)
        await settle()
      }
    },
    join(name: string, options: Partial<MembershipOptions> & { host?: string } = {}) {
      const host = options.host ?? `10.0.0.${++machines}`
      const credentials = authority.admit(name)
      const node = hub.join(credentials.self)
      const datagrams = air.open([{ host, port: 7_000 }])
      const metrics = new RecordingMetrics()
      const membership = createMembership({
        datagrams,
        network: node.network,
        credentials,
        crypto,
        clock,
        prng: prng.split(`${name} ${machines}`),
        metadata: metadataOf(name),
        metrics,
        ...options,
      })
      const events: MembershipEvent[] = []
      const reading = (async () => {
        for await (const event of membership.events()) events.push(event)
      })()
      const stop = async (): Promise<void> => {
        await membership[Symbol.asyncDispose]()
        await datagrams[Symbol.asyncDispose]()
        await node[Symbol.asyncDispose]()
        await reading
      }
      return { id: credentials.self, host, node, datagrams, metrics, membership, events, stop }
    },
  }
}

function metadataOf(name: string): MemberMetadata {
  return { name, roles: ['node'], capabilities: ['kvm'], version: '1.0.0', addresses: [], load: 0.5 }
}

type Townsman = ReturnType<ReturnType<typeof town>['join']>

const statusOf = (observer: Townsman, id: NodeId): string | undefined =>
  observer.membership.members().find((member) => member.id === id)?.status

describe('membership', () => {
  test('everybody knows everybody, with what each says of itself, a moment after they are connected', async () => {
    const world = town()
    const all = ['ann', 'bob', 'cid'].map((name) => world.join(name))
    await world.pass(300)
    for (const one of all) {
      const names = one.membership.members().map(({ metadata, status }) => `${metadata.name} ${status}`)
      expect(names.toSorted()).toEqual(['ann alive', 'bob alive', 'cid alive'])
      expect(one.membership.degraded()).toBe(false)
    }
    await Promise.all(all.map(({ stop }) => stop()))
    await world.pass(20) // What was on its way arrives nowhere.
    expect(world.clock.timersWaiting).toBe(0)
  })

  test('a killed process is known to all in less than a second, a pulled cable in less than four', async () => {
    const world = town()
    const [ann, bob, cid, dan] = ['ann', 'bob', 'cid', 'dan'].map((name) => world.join(name)) as [
      Townsman,
      Townsman,
      Townsman,
      Townsman,
    ]
    await world.pass(2_000)
    dan.datagrams.pause()
    world.hub.disconnect(dan.id)
    await world.pass(900)
    expect([ann, bob, cid].map((one) => statusOf(one, dan.id))).toEqual(['dead', 'dead', 'dead'])
    cid.datagrams.pause()
    for (const other of [ann, bob]) {
      world.air.cut(cid.host, other.host)
      world.air.cut(other.host, cid.host)
    }
    cid.node.crash() // Nobody tells the others: their connections just hang.
    await world.pass(4_000)
    expect([ann, bob].map((one) => statusOf(one, cid.id))).toEqual(['dead', 'dead'])
    expect(ann.membership.degraded()).toBe(true) // Two of four are left.
    expect(ann.events.map(({ type }) => type)).toContain('degraded')
    await Promise.all([ann, bob, dan].map(({ stop }) => stop()))
  })

  test('who leaves says so to some, is known to have left by all, and may come back', async () => {
    const world = town()
    const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => world.join(name)) as [Townsman, Townsman, Townsman]
    await world.pass(1_000)
    const leaving = cid.membership.leave()
    await world.pass(500)
    expect(await leaving).toBe(2)
    await cid.stop()
    await world.pass(3_000)
    expect([ann, bob].map((one) => statusOf(one, cid.id))).toEqual(['left', 'left'])
    expect(ann.events.filter(({ type }) => type === 'failed' || type === 'suspected')).toEqual([])
    const again = world.join('cid', { host: cid.host })
    await world.pass(1_000)
    expect([ann, bob].map((one) => statusOf(one, again.id))).toEqual(['alive', 'alive'])
    await Promise.all([ann, bob, again].map(({ stop }) => stop()))
  })

  test('works over connections alone where there is no UDP at all', async () => {
    const world = town()
    const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => world.join(name, { datagrams: undefined })) as [
      Townsman,
      Townsman,
      Townsman,
    ]
    await world.pass(10_000)
    expect(ann.events.map(({ type }) => type)).toEqual(['joined', 'joined'])
    ann.membership.setMetadata({ ...metadataOf('ann'), load: 1 })
    await world.pass(500)
    expect(bob.membership.members().find(({ id }) => id === ann.id)?.metadata.load).toBe(1)
    await Promise.all([ann, bob, cid].map(({ stop }) => stop()))
  })

  test('a revoked member is out at once, and what it sends is not looked at', async () => {
    const world = town()
    const [ann, eve] = ['ann', 'eve'].map((name) => world.join(name)) as [Townsman, Townsman]
    await world.pass(1_000)
    world.authority.revoke(eve.id)
    ann.membership.recheck()
    expect(statusOf(ann, eve.id)).toBeUndefined()
    await world.pass(3_000)
    expect(statusOf(ann, eve.id)).toBeUndefined()
    expect(ann.events.map(({ type }) => type)).toEqual(['joined', 'failed'])
    expect(ann.metrics.value('flotilla_membership_refused_total', { why: 'unknown-sender' })).toBeGreaterThan(0)
    expect(ann.metrics.value('flotilla_membership_refused_total', { why: 'revoked' })).toBeGreaterThan(0)
    await Promise.all([ann, eve].map(({ stop }) => stop()))
  })

  test('metadata that is too long, or a load that is none, is refused with a sentence', async () => {
    const world = town()
    const ann = world.join('ann')
    const long = {
      ...metadataOf('ann'),
      capabilities: Array.from({ length: 40 }, (_, index) => `feature-${index}-${'x'.repeat(40)}`),
    }
    expect(() => ann.membership.setMetadata(long)).toThrow('metadata')
    expect(() => ann.membership.setMetadata({ ...metadataOf('ann'), load: Number.NaN })).toThrow(
      'a load of NaN is none',
    )
    await ann.stop()
  })

  test('metadata too long for a datagram reaches everybody all the same', async () => {
    const world = town()
    const [ann, bob] = ['ann', 'bob'].map((name) => world.join(name)) as [Townsman, Townsman]
    await world.pass(3_000)
    const capabilities = Array.from({ length: 24 }, (_, index) => `feature-${index}-${'x'.repeat(24)}`)
    ann.membership.setMetadata({ ...metadataOf('ann'), capabilities })
    await world.pass(2_000)
    expect(bob.membership.members().find(({ id }) => id === ann.id)?.metadata.capabilities).toEqual(capabilities)
    await Promise.all([ann, bob].map(({ stop }) => stop()))
  })

  test('a machine that moves is reached at its new address by everybody', async () => {
    const world = town()
    const [ann, bob, cid] = ['ann', 'bob', 'cid'].map((name) => world.join(name)) as [Townsman, Townsman, Townsman]
    await world.pass(1_000)
    cid.datagrams.move([{ host: '10.0.9.9', port: 7_000 }])
    await world.pass(20_000)
    expect([ann, bob].map((one) => statusOf(one, cid.id))).toEqual(['alive', 'alive'])
    for (const one of [ann, bob]) expect(one.events.filter(({ type }) => type === 'failed')).toEqual([])
    const before = ann.metrics.value('flotilla_membership_sent_total', { way: 'connection' }) ?? 0
    await world.pass(5_000)
    expect((ann.metrics.value('flotilla_membership_sent_total', { way: 'connection' }) ?? 0) - before).toBe(0)
    await Promise.all([ann, bob, cid].map(({ stop }) => stop()))
  })

  test('a renewed proof reaches everybody, so the old one may run out', async () => {
    const world = town()
    const credentials = world.authority.admit('cid')
    let role = 'node'
    const renewing = { ...credentials, proof: () => world.authority.admit('cid', role).proof() }
    const [ann, bob] = ['ann', 'bob'].map((name) => world.join(name)) as [Townsman, Townsman]
    const cid = world.join('cid', { credentials: renewing, settings: { proofsIntervalMs: 1_000 } })
    await world.pass(1_000)
    role = 'operator'
    await world.pass(3_000)
    const dan = world.join('dan') // Whom the others tell of everybody.
    await world.pass(2_000)
    expect([ann, bob, dan].map((one) => statusOf(one, cid.id))).toEqual(['alive', 'alive', 'alive'])
    expect(ann.membership.members().find(({ id }) => id === cid.id)?.incarnation).toBeGreaterThan(
      bob.membership.self().incarnation,
    )
    await Promise.all([ann, bob, cid, dan].map(({ stop }) => stop()))
  })

  test('a recorded life is of no use to anybody later', async () => {
    const world = town()
    const [ann, bob] = ['ann', 'bob'].map((name) => world.join(name)) as [Townsman, Townsman]
    const tap: Uint8Array[] = []
    const send = bob.datagrams.send.bind(bob.datagrams)
    bob.datagrams.send = (to, bytes) => {
      tap.push(bytes.slice())
      send(to, bytes)
    }
    await world.pass(3_000)
    await bob.stop()
    const again = world.join('bob', { host: bob.host })
    await world.pass(2_000)
    const mallory = world.air.open([{ host: '10.6.6.6', port: 6 }])
    for (const bytes of tap) mallory.send({ host: ann.host, port: 7_000 }, bytes)
    await world.pass(3_000)
    const refused = (why: string): number => ann.metrics.value('flotilla_membership_refused_total', { why }) ?? 0
    expect(refused('other-session')).toBe(tap.length)
    expect(statusOf(ann, again.id)).toBe('alive')
    await Promise.all([ann, again].map(({ stop }) => stop()))
  })
})
