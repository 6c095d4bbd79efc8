import type { Alert, AlertRule } from '../contract.ts'
import { overText, raisedText } from './alert-text.ts'
import { figurePattern, type FigurePattern } from './figure-pattern.ts'
import { validateAlertLimits, type AlertLimits } from './limits.ts'
import { validateAlertRules } from './rules.ts'

/** Names of figures of which it is remembered which rules mean them. */
const namesRemembered = 4_096

/** When, by a clock that never goes back, and by the calendar. */
export interface AlertMoment {
  readonly nowMs: number
  readonly wallMs: number
}

/**
 * One figure under one rule, from the moment on in which it is beyond the threshold: it waits until that has lasted,
 * then it is raised, until it has been within the other threshold for as long.
 */
interface Tracked {
  readonly rule: AlertRule
  readonly figure: string
  isRaised: boolean
  /** Since when it has been beyond without a break, by the calendar too; a raised one: since it was so first. */
  beyondSinceMs: number
  beyondSinceWallMs: number
  /** A raised one: since when it has been within. */
  withinSinceMs: number | undefined
  seenAtMs: number
  value: number
}

/** Which alerts are raised: a function of the figures that it is shown, and when. */
export class AlertMachine {
  readonly #rules: readonly { readonly rule: AlertRule; readonly isMeant: FigurePattern }[]
  readonly #limits: AlertLimits
  /** Which rules mean a figure, as patterns are dear and names are the same all the time. */
  readonly #meant = new Map<string, readonly AlertRule[]>()
  /** By rule and figure. Nothing is kept of a figure that is as it should be. */
  readonly #tracked = new Map<string, Tracked>()

  constructor(rules: readonly AlertRule[], limits: { readonly [Name in keyof AlertLimits]?: number | undefined } = {}) {
    this.#limits = validateAlertLimits(limits)
    const valid = validateAlertRules(rules, this.#limits.rulesMax)
    this.#rules = valid.map((rule) => ({ rule, isMeant: figurePattern(rule.figure) }))
  }

  /** Returns what was raised or is over by this. */
  step(moment: AlertMoment, figures: ReadonlyMap<string, number>): readonly Alert[] {
    const news: Alert[] = []
    for (const [figure, value] of figures) {
      for (const rule of this.#rulesOf(figure)) this.#see(rule, figure, value, moment, news)
    }
    for (const [key, tracked] of this.#tracked) {
      if (moment.nowMs - tracked.seenAtMs <= this.#limits.absentMsMax) continue
      this.#tracked.delete(key)
      if (tracked.isRaised) news.push(over(tracked, undefined))
    }
    return news
  }

  /** What is raised now, the oldest first. */
  raised(): readonly Alert[] {
    return [...this.#tracked.values()].filter(({ isRaised }) => isRaised).map(raised)
  }

  #rulesOf(figure: string): readonly AlertRule[] {
    const known = this.#meant.get(figure)
    if (known !== undefined) return known
    if (this.#meant.size >= namesRemembered) this.#meant.clear()
    const meant = this.#rules.filter(({ isMeant }) => isMeant(figure)).map(({ rule }) => rule)
    this.#meant.set(figure, meant)
    return meant
  }

  #see(rule: AlertRule, figure: string, value: number, moment: AlertMoment, news: Alert[]): void {
    const key = `${rule.name} ${figure}`
    const tracked = this.#tracked.get(key) ?? this.#begin(key, rule, figure, value, moment)
    if (tracked === undefined) return
    const wasAbsent = moment.nowMs - tracked.seenAtMs > this.#limits.absentMsMax
    tracked.seenAtMs = moment.nowMs
    tracked.value = value
    const stays = tracked.isRaised
      ? this.#staysRaised(tracked, moment, wasAbsent)
      : this.#staysBeyond(tracked, moment, wasAbsent, news)
    if (stays) return
    this.#tracked.delete(key)
    if (tracked.isRaised) news.push(over(tracked, value))
  }

  #begin(key: string, rule: AlertRule, figure: string, value: number, moment: AlertMoment): Tracked | undefined {
    if (!isBeyond(rule, value) || this.#tracked.size >= this.#limits.trackedMax) return undefined
    const tracked: Tracked = {
      rule,
      figure,
      isRaised: false,
      beyondSinceMs: moment.nowMs,
      beyondSinceWallMs: moment.wallMs,
      withinSinceMs: undefined,
      seenAtMs: moment.nowMs,
      value,
    }
    this.#tracked.set(key, tracked)
    return tracked
  }

  #staysBeyond(tracked: Tracked, moment: AlertMoment, wasAbsent: boolean, news: Alert[]): boolean {
    if (!isBeyond(tracked.rule, tracked.value)) return false
    if (wasAbsent) {
      tracked.beyondSinceMs = moment.nowMs
      tracked.beyondSinceWallMs = moment.wallMs
    }
    if (moment.nowMs - tracked.beyondSinceMs < tracked.rule.holdsMs) return true
    tracked.isRaised = true
    news.push(raised(tracked))
    return true
  }

  #staysRaised(tracked: Tracked, moment: AlertMoment, wasAbsent: boolean): boolean {
    if (!isWithin(tracked.rule, tracked.value)) {
      tracked.withinSinceMs = undefined
      return true
    }
    if (wasAbsent) tracked.withinSinceMs = undefined
    tracked.withinSinceMs ??= moment.nowMs
    return moment.nowMs - tracked.withinSinceMs < tracked.rule.holdsMs
  }
}

function isBeyond({ direction, raises }: AlertRule, value: number): boolean {
  return direction === 'above' ? value >= raises : value <= raises
}

function isWithin({ direction, clears }: AlertRule, value: number): boolean {
  return direction === 'above' ? value <= clears : value >= clears
}

function raised(tracked: Tracked): Alert {
  const { rule, figure, value, seenAtMs, beyondSinceMs, beyondSinceWallMs } = tracked
  const message = raisedText(figure, value, seenAtMs - beyondSinceMs)
  const { name, severity } = rule
  return { rule: name, figure, severity, state: 'raised', value, sinceMs: beyondSinceWallMs, message }
}

function over({ rule, figure, value, beyondSinceWallMs }: Tracked, now: number | undefined): Alert {
  const { name, severity } = rule
  const message = overText(figure, now)
  return { rule: name, figure, severity, state: 'over', value, sinceMs: beyondSinceWallMs, message }
}
