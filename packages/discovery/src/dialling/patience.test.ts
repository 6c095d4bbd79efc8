import type { NodeId } from '@flotilla/core/ids'
import { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import { validateDiallingSettings } from './limits.ts'
import { Patience } from './patience.ts'

const settings = validateDiallingSettings({ dialCalmMs: 400, dialCalmMsMax: 1_000, dialCrossingMs: 2_000 })
const at = (ms: number): Millis => ms as Millis
const id = (name: string): NodeId => name as NodeId

function patience(self: string, seed = 1): Patience {
  return new Patience({ settings, self: id(self), prng: new Prng(seed) })
}

describe('patience', () => {
  test('lasts until nobody new was heard for a while, which differs from node to node', () => {
    const calmAt = Array.from({ length: 20 }, (_, seed) => {
      const one = patience('b', seed)
      one.heard(at(0), id('c'))
      one.heard(at(300), id('d'))
      expect([one.isWaiting(id('c')), one.isWaiting(id('d')), one.due(at(699))]).toEqual([true, true, false])
      const { deadline } = one
      expect([one.due(deadline), one.isWaiting(id('c')), one.isWaiting(id('d'))]).toEqual([true, false, false])
      expect(one.deadline).toBe(Infinity)
      return deadline
    })
    expect(Math.min(...calmAt)).toBeGreaterThanOrEqual(700)
    expect(Math.max(...calmAt)).toBeLessThanOrEqual(800)
    expect(new Set(calmAt).size).toBeGreaterThan(5)
  })

  test('ends though more and more are heard', () => {
    const one = patience('b')
    for (let ms = 0; ms < 1_000; ms += 100) one.heard(at(ms), id(`c${ms}`))
    expect(one.deadline).toBe(1_000)
    expect([one.due(at(1_000)), one.isWaiting(id('c900'))]).toEqual([true, false])
  })

  test('lasts longer for those with lower ids, who dial us, until they have', () => {
    const one = patience('b')
    one.heard(at(0), id('a'))
    one.heard(at(0), id('aa'))
    const calmAt = one.deadline
    expect([one.due(calmAt), one.isWaiting(id('a')), one.deadline]).toEqual([false, true, calmAt + 2_000])
    one.drop(id('a'))
    expect([one.isWaiting(id('a')), one.isWaiting(id('aa'))]).toEqual([false, true])
    expect([one.due(at(calmAt + 2_000)), one.isWaiting(id('aa'))]).toEqual([true, false])
  })

  test('refuses settings that make no sense', () => {
    expect(() => validateDiallingSettings({ dialCalmMs: -1 })).toThrow('dialling: dialCalmMs is -1')
  })
})
