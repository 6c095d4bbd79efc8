import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { AlertMachine } from './alerts/alert-machine.ts'
import type { AlertLimits } from './alerts/limits.ts'
import { defaultAlertRules } from './alerts/rules.ts'
import type { Alert, AlertRule } from './contract.ts'
import { Exposition } from './exposition/exposition.ts'
import { expositionLimits } from './exposition/limits.ts'
import type { SystemFigures } from './figures.ts'
import { flatFigures } from './history/flat-figures.ts'
import { History } from './history/history.ts'
import type { HistoryLimits } from './history/limits.ts'
import { instruments, type Instruments } from './instruments.ts'
import type { SystemReading } from './readings.ts'
import type { Collection } from './sampling/sampler.ts'

type Some<Limits> = { readonly [Name in keyof Limits]?: number | undefined }

export interface KeepingOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly rules?: readonly AlertRule[]
  readonly historyLimits?: Some<HistoryLimits>
  /** Which began in an earlier life; else it begins with the first sample. */
  readonly history?: History
  readonly alertLimits?: Some<AlertLimits>
}

/** What becomes of every sample: it is remembered, judged by the rules, and told to whoever measures us. */
export class Keeping {
  readonly history: History
  readonly #alerts: AlertMachine
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #instruments: Instruments
  readonly #exposition: Exposition
  #shownAtMs = -Infinity
  #isLeavingOut = false

  constructor(options: KeepingOptions) {
    const { clock, logger, metrics, rules = defaultAlertRules, alertLimits } = options
    this.history = options.history ?? new History(options.historyLimits)
    this.#alerts = new AlertMachine(rules, alertLimits)
    this.#clock = clock
    this.#logger = logger
    this.#instruments = instruments(metrics)
    this.#exposition = new Exposition(metrics)
  }

  alerts(): readonly Alert[] {
    return this.#alerts.raised()
  }

  /** Returns the alerts that were raised or are over by this sample. */
  take(collection: Collection, figures: SystemFigures): readonly Alert[] {
    const flat = flatFigures(figures)
    this.history.record(figures.wallMs, flat)
    const news = this.#alerts.step({ nowMs: this.#clock.now(), wallMs: figures.wallMs }, flat)
    this.#measure(collection, figures)
    this.#tellWhatIsLeftOut()
    return news
  }

  #measure(collection: Collection, figures: SystemFigures): void {
    this.#instruments.collected(collection)
    this.#instruments.problems(figures.problems.length)
    this.#instruments.alerts(this.alerts())
    const now = this.#clock.now()
    if (collection.type === 'failed' || now - this.#shownAtMs < expositionLimits.intervalMs) return
    this.#shownAtMs = now
    this.#show(collection.reading, figures)
  }

  #show(reading: SystemReading, { extra = {} }: SystemFigures): void {
    this.#exposition.show(reading)
    this.#instruments.plugins(extra)
  }

  #tellWhatIsLeftOut(): void {
    const { leftOut } = this.history
    if (leftOut > 0 && !this.#isLeavingOut) {
      this.#logger.warn({ leftOut }, 'there are more figures than have room in the history: raise figuresMax')
    }
    this.#isLeavingOut = leftOut > 0
  }
}
