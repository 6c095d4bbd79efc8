import type { Alert, SummaryFigures } from '../contract.ts'
import { summaryNames, type SummaryName } from './summary.ts'

/** What a node tells of itself. */
export interface Told {
  readonly wallMs: number
  readonly figures: SummaryFigures
  /** Those that are raised. */
  readonly alerts: readonly Alert[]
}

/**
 * A summary as it travels. `life` tells one run of a node from the next, `seq` rises by one with each message of that
 * life, so whoever has the one before knows that nothing is missing in between.
 */
export type SummaryMessage =
  | (Told & { readonly type: 'full'; readonly life: string; readonly seq: number })
  | {
      readonly type: 'delta'
      readonly life: string
      readonly seq: number
      readonly wallMs: number
      readonly changed: SummaryFigures
      /** What is not known any more. */
      readonly gone: readonly string[]
      /** All of them, where they changed. */
      readonly alerts?: readonly Alert[]
    }

/** What this node says to all others: only what has changed, since they know the rest. */
export class SummaryFeed {
  readonly #life: string
  #seq = 0
  #last: Told | undefined

  constructor(life: string) {
    this.#life = life
  }

  /** For those who have heard everything before. Also when nothing has changed: silence means trouble. */
  next(told: Told): SummaryMessage {
    const last = this.#last
    this.#last = told
    this.#seq++
    if (last === undefined) return this.#whole(told)
    const changed: { [Name in SummaryName]?: number } = {}
    const gone: SummaryName[] = []
    for (const name of summaryNames) {
      const value = told.figures[name]
      if (value === last.figures[name]) continue
      if (value === undefined) gone.push(name)
      else changed[name] = value
    }
    return {
      type: 'delta',
      life: this.#life,
      seq: this.#seq,
      wallMs: told.wallMs,
      changed,
      gone,
      ...(sameAlerts(told.alerts, last.alerts) ? {} : { alerts: told.alerts }),
    }
  }

  /** What was said last, whole: for who has just come, or has missed something. */
  whole(): SummaryMessage | undefined {
    return this.#last === undefined ? undefined : this.#whole(this.#last)
  }

  #whole(told: Told): SummaryMessage {
    return { type: 'full', life: this.#life, seq: this.#seq, ...told }
  }
}

function sameAlerts(one: readonly Alert[], other: readonly Alert[]): boolean {
  if (one.length !== other.length) return false
  return one.every((alert, index) => {
    const same = other[index]
    return same?.rule === alert.rule && same.figure === alert.figure && same.sinceMs === alert.sinceMs
  })
}
