import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Index } from '../types.ts'
import { Freshness } from './freshness.ts'

const [a, b] = ['a', 'b'] as [NodeId, NodeId]
const at = (ms: number): Millis => ms as Millis
const index = (number: number): Index => number as Index

/** Led by `a` from 0 on, which has told of 5 entries, all of them decided. */
function followed(): Freshness {
  const freshness = new Freshness()
  freshness.told(at(0), a, index(5), index(5), index(5))
  freshness.led(at(0), a, index(5))
  return freshness
}

describe('the state of a follower', () => {
  test('is as old as the last word of the leader, once all that was told is applied', () => {
    const freshness = followed()
    freshness.beaten(at(100), a, index(5))
    expect(freshness.staleMs(at(130), index(5))).toBe(30)
    freshness.told(at(200), a, index(5), index(7), index(5))
    expect(freshness.staleMs(at(250), index(5))).toBe(150)
    expect(freshness.isCurrent(index(5))).toBe(false)
    expect(freshness.staleMs(at(250), index(7))).toBe(50)
    expect(freshness.isCurrent(index(7))).toBe(true)
  })

  test('ages while something that was sent is not applied, whatever heartbeats say', () => {
    const freshness = followed()
    freshness.told(at(100), a, index(5), index(6), index(5))
    for (let now = 200; now <= 5_000; now += 100) freshness.beaten(at(now), a, index(5))
    expect(freshness.staleMs(at(5_000), index(5))).toBe(5_000)
  })

  test('stays fresh under load, as what was told a little earlier is applied', () => {
    const freshness = followed()
    for (let now = 10; now <= 1_000; now += 10) {
      freshness.told(at(now), a, index(now - 20), index(now), index(Math.max(5, now - 20)))
      expect(freshness.staleMs(at(now), index(Math.max(5, now - 20)))).toBeLessThanOrEqual(60)
    }
  })

  test('is not known to be fresh before a leader has told all: heartbeats tell no more than this node has', () => {
    const freshness = new Freshness()
    freshness.led(at(0), a, index(3))
    freshness.beaten(at(10), a, index(3))
    expect(freshness.staleMs(at(10), index(3))).toBe(Infinity)
    freshness.told(at(20), a, index(9), index(9), index(3))
    expect(freshness.staleMs(at(20), index(3))).toBe(Infinity)
    expect(freshness.staleMs(at(20), index(9))).toBe(0)
  })

  test('is as old as before when the leader is lost, and when it or another is heard again', () => {
    const freshness = followed()
    freshness.led(at(700), undefined, index(5))
    expect(freshness.staleMs(at(700), index(5))).toBe(700)
    freshness.led(at(800), a, index(5))
    freshness.beaten(at(900), a, index(5))
    expect(freshness.staleMs(at(900), index(5))).toBe(900)
    freshness.led(at(950), b, index(5))
    freshness.told(at(960), a, index(5), index(5), index(5))
    expect(freshness.staleMs(at(960), index(5))).toBe(960)
    freshness.told(at(970), b, index(5), index(5), index(5))
    expect(freshness.staleMs(at(970), index(5))).toBe(0)
  })

  test('does not wait for what the leader before has sent and nobody will decide', () => {
    const freshness = followed()
    freshness.told(at(10), a, index(5), index(50), index(5))
    freshness.led(at(600), undefined, index(5))
    freshness.told(at(700), b, index(5), index(6), index(5))
    freshness.led(at(700), b, index(5))
    expect(freshness.staleMs(at(710), index(6))).toBe(10)
    const other = followed()
    other.told(at(10), a, index(5), index(50), index(5))
    other.led(at(600), b, index(5))
    other.told(at(700), b, index(5), index(6), index(5))
    expect(other.staleMs(at(710), index(6))).toBe(10)
  })
})

type Step =
  | { readonly type: 'append'; readonly entries: number; readonly decides: number }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'apply'; readonly entries: number }
  | { readonly type: 'change'; readonly lost: boolean }
  | { readonly type: 'pass'; readonly ms: number }

const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant('append'), entries: fc.nat(3), decides: fc.nat(4) }),
  fc.record({ type: fc.constant('heartbeat') }),
  fc.record({ type: fc.constant('apply'), entries: fc.nat(5) }),
  fc.record({ type: fc.constant('change'), lost: fc.boolean() }),
  fc.record({ type: fc.constant('pass'), ms: fc.nat(50) }),
)

/** A leader, or several in turn, and one follower that hears of everything at once, and applies it when it likes. */
class Pair {
  readonly freshness: Freshness = new Freshness()
  now = 0
  applied = 0
  #decided = 0
  /** The latest that the follower may apply. */
  #known = 0
  #last = 0
  #leader: NodeId | undefined = a
  /** When the state was last all that was decided. */
  wholeAt = 0

  constructor() {
    this.freshness.led(at(0), a, index(0))
  }

  take(step: Step): void {
    const { now, applied, freshness } = this
    if (step.type === 'pass') this.now += step.ms
    else if (step.type === 'apply') this.applied = Math.min(this.#known, applied + step.entries)
    else if (step.type === 'change') this.#change(step.lost)
    else if (this.#leader !== undefined && step.type === 'heartbeat') {
      freshness.beaten(at(now), this.#leader, index(applied))
    } else if (this.#leader !== undefined && step.type === 'append') {
      // What is decided by now was sent before, and this tells so.
      this.#decided = Math.min(this.#last, this.#decided + step.decides)
      this.#last += step.entries
      this.#known = this.#decided
      freshness.told(at(now), this.#leader, index(this.#decided), index(this.#last), index(applied))
    }
    if (this.applied >= this.#decided) this.wholeAt = this.now
  }

  #change(lost: boolean): void {
    this.#leader = lost ? undefined : this.#leader === a ? b : a
    this.#last = this.#decided
    this.freshness.led(at(this.now), this.#leader, index(this.applied))
  }
}

test('it is never said to be fresher than it is', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 60 }), (drawn) => {
      const pair = new Pair()
      for (const step of drawn) {
        pair.take(step)
        const staleMs = pair.freshness.staleMs(at(pair.now), index(pair.applied))
        expect(staleMs).toBeGreaterThanOrEqual(pair.now - pair.wholeAt)
      }
    }),
    { numRuns: 500 },
  )
})
