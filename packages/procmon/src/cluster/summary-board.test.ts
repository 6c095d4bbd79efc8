import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SummaryFigures } from '../contract.ts'
import { SummaryBoard } from './summary-board.ts'
import { SummaryFeed, type SummaryMessage, type Told } from './summary-feed.ts'

const ann = 'ann' as NodeId
const bob = 'bob' as NodeId
const limits = { nodesMax: 2, staleAfterMs: 100, forgetAfterMs: 1_000 }
const at = (ms: number): Millis => ms as Millis

function told(wallMs: number, figures: SummaryFigures): Told {
  return { wallMs, figures, alerts: [] }
}

const figures: fc.Arbitrary<SummaryFigures> = fc.record(
  { processor: fc.nat(3), processCount: fc.nat(3), load1: fc.nat(2) },
  { requiredKeys: [] },
)

type Act =
  | { readonly type: 'tell'; readonly figures: SummaryFigures }
  | { readonly type: 'arrive'; readonly which: number; readonly isKept: boolean }
  | { readonly type: 'lose'; readonly which: number }
  | { readonly type: 'restart' }

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('tell' as const), figures }),
    fc.record({ type: fc.constant('arrive' as const), which: fc.nat(10), isKept: fc.boolean() }),
    fc.record({ type: fc.constant('lose' as const), which: fc.nat(10) }),
    fc.record({ type: fc.constant('restart' as const) }),
  ),
  { maxLength: 60 },
)

describe('a board of summaries', () => {
  test('shows nothing that was never told, and what was told last once the whole has come', () => {
    fc.assert(
      fc.property(acts, (script) => {
        const board = new SummaryBoard(limits)
        const everTold = new Set<string>([])
        let [life, wallMs] = [1, 0]
        let feed = new SummaryFeed('1')
        let wire: SummaryMessage[] = []
        const arrive = (message: SummaryMessage): void => {
          if (board.take(ann, message, at(wallMs)) === 'gap') {
            const whole = feed.whole()
            if (whole !== undefined) wire.push(whole)
          }
          for (const shown of board.summaries(at(wallMs), bob)) {
            expect(everTold).toContain(JSON.stringify([shown.wallMs, sorted(shown.figures)]))
          }
        }
        let last: SummaryFigures | undefined
        for (const act of script) {
          wallMs++
          const index = 'which' in act ? act.which % Math.max(wire.length, 1) : 0
          const message = wire[index]
          if (act.type === 'tell') {
            last = act.figures
            everTold.add(JSON.stringify([wallMs, sorted(last)]))
            wire.push(feed.next(told(wallMs, last)))
          } else if (act.type === 'restart') {
            feed = new SummaryFeed(String(++life))
            last = undefined
          } else if (message !== undefined) {
            if (act.type === 'lose' || !act.isKept) wire = wire.toSpliced(index, 1)
            if (act.type === 'arrive') arrive(message)
          }
        }
        const whole = feed.whole()
        if (whole === undefined || last === undefined) return
        board.take(ann, whole, at(wallMs))
        expect(board.summaries(at(wallMs), bob)[0]?.figures).toEqual(last)
      }),
      { numRuns: 500 },
    )
  })

  test('tells only what changed, and what is not known any more', () => {
    const feed = new SummaryFeed('1')
    feed.next(told(1, { processor: 0.5, load1: 2 }))
    expect(feed.next(told(2, { processor: 0.5, processCount: 7 }))).toEqual({
      type: 'delta',
      life: '1',
      seq: 2,
      wallMs: 2,
      changed: { processCount: 7 },
      gone: ['load1'],
    })
  })

  test('has room for so many nodes, and forgets those that are away for long', () => {
    const board = new SummaryBoard({ ...limits, nodesMax: 1 })
    const message = new SummaryFeed('1').next(told(1, { processor: 1 }))
    expect(board.take(ann, message, at(0))).toBe('news')
    expect(board.take(bob, message, at(0))).toBe('full')
    expect(board.summaries(at(99), bob)[0]?.isStale).toBe(false)
    expect(board.summaries(at(100), bob)[0]?.isStale).toBe(true)
    board.expire(at(5_000), new Set([ann]))
    expect(board.summaries(at(5_000), bob)).toHaveLength(1)
    board.expire(at(1_000), new Set())
    expect(board.summaries(at(1_000), bob)).toHaveLength(0)
    expect(board.take(bob, message, at(1_000))).toBe('news')
  })
})

function sorted(value: SummaryFigures): unknown {
  return Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
}
