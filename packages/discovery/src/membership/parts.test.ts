import { nobleCrypto } from '@flotilla/core/crypto/noble'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { Member, MembershipEvent } from '../member.ts'
import { Awareness } from './awareness.ts'
import { Degradation } from './degradation.ts'
import { EventStreams } from './event-streams.ts'
import { GossipQueue } from './gossip-queue.ts'
import { encodeGossip } from './messages.ts'
import type { ClaimKind, SignedClaim } from './record.ts'
import { ReplayWindow } from './replay-window.ts'
import { membershipDefaults, validateMembershipSettings } from './settings.ts'
import { Suspicion } from './suspicion.ts'

const crypto = nobleCrypto()
const idOf = (name: string): NodeId => nodeIdFromPublicKey(crypto, crypto.sha256(new TextEncoder().encode(name)))
const at = (ms: number): Millis => ms as Millis
const subject = idOf('subject')
const claimOf = (from: string, kind: ClaimKind = 'silent'): SignedClaim => ({
  about: subject,
  incarnation: 1,
  kind,
  from: idOf(from),
  signature: new Uint8Array(64),
})

describe('a suspicion', () => {
  const suspicion = (size: number): Suspicion => new Suspicion(membershipDefaults, () => size, at(1_000))

  test('gets shorter with each member that confirms it, and no further than to the least', () => {
    const one = suspicion(10)
    one.add(claimOf('a'))
    expect(one.deadline).toBe(10_000)
    one.add(claimOf('b'))
    expect(one.deadline).toBeCloseTo(1_000 + 1_500 * (6 - 5 * (Math.log(2) / Math.log(3))))
    one.add(claimOf('c'))
    expect(one.deadline).toBe(2_500)
    expect(one.isNews(claimOf('d'))).toBe(false)
  })

  test('does not get shorter when one member says it again', () => {
    const one = suspicion(10)
    one.add(claimOf('a'))
    expect(one.isNews(claimOf('a'))).toBe(false)
    one.add(claimOf('a', 'reset'))
    expect(one.deadline).toBe(10_000)
  })

  test('is short at once where there is nobody who could confirm, and longer in large groups', () => {
    const two = suspicion(2)
    two.add(claimOf('a'))
    expect(two.deadline).toBe(2_500)
    const many = suspicion(1_000)
    for (const name of ['a', 'b', 'c']) many.add(claimOf(name))
    expect(many.deadline).toBe(1_000 + 4_500)
  })

  test('is very short when two saw its connection reset, and not when one did', () => {
    const one = suspicion(5)
    one.add(claimOf('a', 'reset'))
    expect(one.deadline).toBeGreaterThan(2_500)
    one.add(claimOf('b', 'reset'))
    expect(one.deadline).toBe(1_200)
  })

  test('is a death when two have signed it', () => {
    const one = suspicion(5)
    one.add(claimOf('a', 'dead'))
    expect(one.isProvenDead).toBe(false)
    one.add(claimOf('b', 'dead'))
    expect(one.isProvenDead).toBe(true)
  })
})

describe('gossip', () => {
  const piece = (name: string) => encodeGossip({ type: 'news', about: idOf(name), incarnation: 1 })

  test('is told so many times and no more, what was told least and last coming first', () => {
    const queue = new GossipQueue(100)
    queue.addRecord(idOf('a'), piece('a'))
    expect(queue.take(1_000, 10, 3, new Set())).toHaveLength(1)
    queue.addRecord(idOf('b'), piece('b'))
    queue.addRecord(idOf('c'), piece('c'))
    const order = queue.take(1_000, 10, 3, new Set()).map(({ gossip }) => gossip.type === 'news' && gossip.about)
    expect(order).toEqual([idOf('c'), idOf('b'), idOf('a')])
    expect(queue.take(1_000, 10, 3, new Set())).toHaveLength(3)
    expect(queue.take(1_000, 10, 3, new Set())).toHaveLength(2)
    expect(queue.take(1_000, 10, 3, new Set())).toHaveLength(0)
    expect(queue.size).toBe(0)
  })

  test('keeps to the bytes, skips whom it is about, and never grows over its limit', () => {
    const queue = new GossipQueue(8)
    for (let index = 0; index < 50; index++) queue.addRecord(idOf(`m${index}`), piece(`m${index}`))
    expect(queue.size).toBe(8)
    const [first] = queue.take(10_000, 1, 9, new Set())
    const bytes = (first?.bytes.length ?? 0) + 3
    expect(queue.take(bytes * 3, 64, 9, new Set())).toHaveLength(3)
    const told = queue
      .take(10_000, 64, 9, new Set([idOf('m49')]))
      .map(({ gossip }) => gossip.type === 'news' && gossip.about)
    expect(told).toHaveLength(7)
    expect(told).not.toContain(idOf('m49'))
  })

  test('about a member ends with its next record', () => {
    const queue = new GossipQueue(100)
    for (const from of ['a', 'b']) queue.addClaim({ type: 'claim', claim: claimOf(from) })
    queue.addRecord(subject, encodeGossip({ type: 'news', about: subject, incarnation: 2 }))
    expect(queue.take(10_000, 64, 9, new Set()).map(({ gossip }) => gossip.type)).toEqual(['news'])
  })
})

test('a replay window agrees with one that remembers everything', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const prng = new Prng(seed)
    const window = new ReplayWindow()
    const seen = new Set<number>()
    let highest = 0
    for (let round = 0; round < 2_000; round++) {
      const counter = Math.max(1, highest + prng.between(-300, prng.chance(1, 50) ? 1_000 : 20))
      const isNew = !seen.has(counter) && counter > highest - 256
      expect({ seed, counter, isNew: window.isNew(counter) }).toEqual({ seed, counter, isNew })
      if (!isNew) continue
      window.take(counter)
      seen.add(counter)
      highest = Math.max(highest, counter)
    }
  }
})

test('local trouble stretches up to a limit, and wears off', () => {
  const awareness = new Awareness(3)
  awareness.worsen(10)
  expect(awareness.multiplier).toBe(3)
  awareness.improve()
  awareness.improve()
  awareness.improve()
  expect(awareness.multiplier).toBe(1)
})

test('a minority counts after a while, a majority too, and a moment of either does not', () => {
  const degradation = new Degradation(membershipDefaults)
  expect(degradation.see(at(0), 1, 1)).toBe(false)
  expect(degradation.see(at(0), 2, 4)).toBe(false)
  expect(degradation.deadline).toBe(1_000)
  expect(degradation.see(at(500), 3, 4)).toBe(false)
  expect(degradation.see(at(600), 2, 4)).toBe(false)
  expect(degradation.see(at(1_599), 2, 4)).toBe(false)
  expect(degradation.see(at(1_600), 2, 4)).toBe(true)
  expect(degradation.isDegraded).toBe(true)
  expect(degradation.see(at(2_000), 3, 4)).toBe(false)
  expect(degradation.see(at(4_000), 3, 4)).toBe(true)
  expect(degradation.isDegraded).toBe(false)
})

describe('streams of events', () => {
  const event = (name: string): MembershipEvent => ({ type: 'joined', member: { id: idOf(name) } as Member })

  test('give each reader its own, in order, and end when closed', async () => {
    const streams = new EventStreams({ eventsQueuedMax: 10, eventReadersMax: 4 })
    const [one, other] = [streams.open(), streams.open()]
    const waiting = one.next()
    streams.push(event('a'))
    streams.push(event('b'))
    expect([await waiting, await one.next()].map(({ value }) => value)).toEqual([event('a'), event('b')])
    streams.close()
    const seen: MembershipEvent[] = []
    for await (const each of other) seen.push(each)
    expect(seen).toEqual([event('a'), event('b')])
    expect((await one.next()).done).toBe(true)
  })

  test('tell a slow reader that it missed some', async () => {
    const streams = new EventStreams({ eventsQueuedMax: 2, eventReadersMax: 4 })
    const reader = streams.open()
    for (const name of ['a', 'b', 'c', 'd']) streams.push(event(name))
    streams.close()
    const seen: MembershipEvent[] = []
    for await (const each of reader) seen.push(each)
    expect(seen).toEqual([{ type: 'overflow' }, event('d')])
  })

  test('let go of a reader that stops, and refuse one too many', async () => {
    const streams = new EventStreams({ eventsQueuedMax: 2, eventReadersMax: 1 })
    const aborting = new AbortController()
    const reader = streams.open(aborting.signal)
    expect(() => streams.open()).toThrow('eventReadersMax')
    const waiting = reader.next()
    aborting.abort()
    expect((await waiting).done).toBe(true)
    const second = streams.open()
    await second.return?.()
    expect((await streams.open().return?.())?.done).toBe(true)
  })
})

test('a wrong setting is refused with a sentence', () => {
  expect(() => validateMembershipSettings({ gossipFanout: 0 })).toThrow(
    'membership: gossipFanout is 0; it must be a whole number from 1 to 32',
  )
})
