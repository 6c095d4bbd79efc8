import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import { envelopeId, joinIds, splitIds, type EnvelopeId } from './envelope-id.ts'
import { validateBroadcastLimits, type BroadcastLimits } from './limits.ts'
import { RecentEnvelopes } from './recent-envelopes.ts'

const crypto = nodeCrypto()
const at = (ms: number): WallMillis => ms as WallMillis
const idOf = (name: string): EnvelopeId => envelopeId(crypto, new TextEncoder().encode(name))
const [ann, bob, eve] = ['ann', 'bob', 'eve'] as NodeId[] as [NodeId, NodeId, NodeId]

function recentWith(settings: Partial<BroadcastLimits> = {}): RecentEnvelopes {
  return new RecentEnvelopes(crypto, validateBroadcastLimits(settings))
}

test('ids come back from their bytes', () => {
  const ids = ['a', 'b', 'c'].map(idOf)
  expect(splitIds(joinIds(ids))).toEqual(ids)
})

test('one member that says much pushes out its own only, by count', () => {
  const recent = recentWith({ recentCountMax: 100 })
  for (let index = 0; index < 20; index++) {
    recent.add(idOf(`ann ${index}`), ann, at(1_000), new Uint8Array(10))
    recent.add(idOf(`bob ${index}`), bob, at(1_000), new Uint8Array(10))
  }
  for (let index = 0; index < 5_000; index++) recent.add(idOf(`eve ${index}`), eve, at(1_000), new Uint8Array(1))
  for (let index = 0; index < 20; index++) {
    expect(recent.get(idOf(`ann ${index}`))).toBeDefined()
    expect(recent.get(idOf(`bob ${index}`))).toBeDefined()
  }
  expect(recent.count).toBe(100)
  expect(recent.get(idOf('eve 4999'))).toBeDefined() // The newest stay.
  expect(recent.get(idOf('eve 0'))).toBeUndefined()
  expect(recent.has(idOf('eve 0'))).toBe(true) // It is still known to have been seen.
})

test('and by bytes', () => {
  const recent = recentWith({ recentBytesMax: 2 ** 20 })
  recent.add(idOf('ann'), ann, at(1_000), new Uint8Array(300_000))
  for (let index = 0; index < 100; index++) recent.add(idOf(`eve ${index}`), eve, at(1_000), new Uint8Array(60_000))
  expect(recent.get(idOf('ann'))).toBeDefined()
  expect(recent.bytes).toBeLessThanOrEqual(2 ** 20)
  expect(recent.count).toBe(1 + Math.floor((2 ** 20 - 300_000) / 60_000))
})

test('two that have seen the same have nothing to tell each other, in whatever order they saw it', () => {
  const [one, other] = [recentWith(), recentWith()]
  const names = Array.from({ length: 200 }, (_, index) => `envelope ${index}`)
  const add = (recent: RecentEnvelopes, name: string): void =>
    recent.add(idOf(name), ann, at(1_000 * names.indexOf(name) * 0.1 + 50_000), new Uint8Array(3))
  for (const name of names) add(one, name)
  for (const name of new Prng(1).shuffled(names)) add(other, name)
  expect(one.idsMissedBy(other.summary(at(60_000)), at(60_000), 1_000)).toEqual([])

  one.add(idOf('new'), ann, at(60_000), new Uint8Array(3))
  expect(one.idsMissedBy(other.summary(at(60_000)), at(60_000), 1_000)).toContain(idOf('new'))
  expect(one.idsMissedBy([], at(60_000), 7)).toHaveLength(7)
})

test('what is evicted is not offered, but counts as seen, so that it is not fetched again', () => {
  const recent = recentWith({ recentCountMax: 1 })
  recent.add(idOf('old'), ann, at(1_000), new Uint8Array(3))
  recent.add(idOf('new'), ann, at(1_000), new Uint8Array(3))
  expect(recent.idsMissedBy([], at(1_000), 10)).toEqual([idOf('new')])
})

test('what leaves the window is forgotten, and what a clock that was set back leaves in the future', () => {
  const recent = recentWith()
  recent.add(idOf('past'), ann, at(1_000), new Uint8Array(3))
  recent.add(idOf('present'), ann, at(50_000), new Uint8Array(3))
  recent.add(idOf('future'), bob, at(3_600_000), new Uint8Array(3))
  recent.forgetOutside(20, 80)
  expect(['past', 'present', 'future'].map((name) => recent.has(idOf(name)))).toEqual([false, true, false])
  expect({ seen: recent.seen, count: recent.count, bytes: recent.bytes }).toEqual({ seen: 1, count: 1, bytes: 3 })
})
