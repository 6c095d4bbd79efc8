import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BookState } from './account-book.ts'
import { AccountSpread } from './account-spread.ts'
import { accountLimits } from './config.ts'

const settings = { heartbeatMs: 1_000, distrustMs: 30_000 }
const at = (ms: number): Millis => ms as Millis
const peer = (name: string | number): NodeId => String(name) as NodeId
const state = (value: number, latest = value): BookState => ({ digest: new Uint8Array(16).fill(value), latest })

function spreading(own: BookState, ...peers: readonly string[]): AccountSpread {
  const spread = new AccountSpread(settings, own, at(0))
  for (const name of peers) spread.step(at(0), { type: 'up', peer: peer(name) })
  spread.drain()
  return spread
}
const pulls = (spread: AccountSpread): string[] =>
  spread
    .drain()
    .filter(({ type }) => type === 'pull')
    .map((effect) => effect.peer)

describe('a member', () => {
  test('tells each peer on connecting, on change, and once each heartbeat', () => {
    const spread = new AccountSpread(settings, state(0), at(0))
    spread.step(at(0), { type: 'up', peer: peer('a') })
    expect(spread.drain()).toEqual([{ type: 'tell', peer: 'a' }])
    spread.step(at(10), { type: 'changed', state: state(1) })
    expect(spread.drain()).toEqual([{ type: 'tell', peer: 'a' }])
    spread.step(spread.deadline(), { type: 'wake' })
    expect(spread.drain()).toEqual([{ type: 'tell', peer: 'a' }])
    expect(spread.deadline()).toBe(2_000)
  })

  test('fetches another book at once, once while it waits, and never its own', () => {
    const spread = spreading(state(3), 'a', 'b')
    spread.step(at(1), { type: 'beat', peer: peer('a'), state: state(3) })
    expect(pulls(spread)).toEqual([])
    spread.step(at(1), { type: 'beat', peer: peer('a'), state: state(4) })
    spread.step(at(2), { type: 'beat', peer: peer('a'), state: state(5) })
    expect(pulls(spread)).toEqual(['a'])
    spread.step(at(3), { type: 'beat', peer: peer('b'), state: state(9, 3) })
    expect(pulls(spread)).toEqual(['b'])
  })

  test('leaves a book that seems to be behind time to catch up, and fetches it if it does not', () => {
    const spread = spreading(state(3), 'a')
    const patienceMs = accountLimits.patienceBeats * settings.heartbeatMs
    spread.step(at(1), { type: 'beat', peer: peer('a'), state: state(2) })
    expect(pulls(spread)).toEqual([])
    spread.step(at(patienceMs), { type: 'beat', peer: peer('a'), state: state(1) })
    expect(pulls(spread)).toEqual([])
    spread.step(at(patienceMs + 1), { type: 'wake' })
    expect(pulls(spread)).toEqual(['a'])
  })

  test('asks ever more rarely who promises news that there are none of', () => {
    const spread = spreading(state(3), 'liar')
    const asked: number[] = []
    for (let now = 0; now < 600_000; now += 500) {
      spread.step(at(now), { type: 'beat', peer: peer('liar'), state: state(now % 251, 9_999) })
      if (pulls(spread).length > 0) {
        asked.push(now)
        spread.step(at(now), { type: 'pulled', peer: peer('liar'), hadNews: false })
        spread.drain()
      }
    }
    const pauses = asked.slice(1).map((time, index) => time - (asked[index] ?? 0))
    expect(pauses.slice(0, 4)).toEqual([2_000, 4_000, 8_000, 16_000])
    expect(Math.min(...pauses.slice(4))).toBe(settings.distrustMs)
  })

  test('asks few at a time, and counts right whatever happens', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const prng = new Prng(seed)
        const spread = new AccountSpread(settings, state(0), at(0))
        const pulled = new Set<string>()
        for (let now = 0; now < 20_000; now += 100) {
          const who = peer(prng.below(8))
          const type = (['up', 'down', 'beat', 'pulled', 'changed'] as const)[prng.below(5)] ?? 'up'
          if (type === 'up' || type === 'down') {
            spread.step(at(now), { type, peer: who })
            pulled.delete(who)
          } else if (type === 'beat') spread.step(at(now), { type, peer: who, state: state(prng.below(4)) })
          else if (type === 'changed') spread.step(at(now), { type, state: state(prng.below(4)) })
          else if (pulled.delete(who)) spread.step(at(now), { type, peer: who, hadNews: prng.below(2) === 0 })
          for (const id of pulls(spread)) {
            expect(pulled.has(id)).toBe(false)
            pulled.add(id)
          }
          expect(pulled.size).toBeLessThanOrEqual(accountLimits.pullsMax)
        }
      }),
    )
  })
})
