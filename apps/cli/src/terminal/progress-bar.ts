import { bytesText, durationText } from '@flotilla/core/text'
import { cliLimitsDefaults } from '../limits.ts'

/** How far something has come. */
export interface Progress {
  readonly done: number
  /** Undefined where nobody knows how much there is. */
  readonly inAll: number | undefined
  /** Of what was done, what did not have to be. */
  readonly saved?: number
}

export interface ProgressBarOptions {
  /** What is being done, in a word or two. */
  readonly title: string
  /** Where to draw; undefined where nobody would see it. */
  readonly write: ((text: string) => void) | undefined
  /** Columns of the terminal. */
  readonly width: number
  readonly nowMs: () => number
  /** How an amount is shown; as bytes by default. */
  readonly amountText?: (amount: number) => string
}

const barWidth = 20
const clearLine = '\r\u001B[K'

/** One line on a terminal that is drawn over and over, and goes away in the end. */
export class ProgressBar implements Disposable {
  readonly #options: ProgressBarOptions
  /** What was done when, of the last seconds, the oldest first. */
  readonly #seen: { readonly atMs: number; readonly done: number }[] = []
  #drawnAtMs = -Infinity
  #isDrawn = false

  constructor(options: ProgressBarOptions) {
    this.#options = options
  }

  show(progress: Progress): void {
    const { write, nowMs } = this.#options
    const now = nowMs()
    if (write === undefined || now - this.#drawnAtMs < cliLimitsDefaults.progressDrawnEveryMs) return
    this.#drawnAtMs = now
    this.#seen.push({ atMs: now, done: progress.done })
    while ((this.#seen[0]?.atMs ?? now) < now - cliLimitsDefaults.progressRateMs) this.#seen.shift()
    this.#isDrawn = true
    write(`${clearLine}${this.#line(progress)}`)
  }

  [Symbol.dispose](): void {
    if (this.#isDrawn) this.#options.write?.(clearLine)
  }

  #line({ done, inAll, saved = 0 }: Progress): string {
    const { title, width, amountText = bytesText } = this.#options
    const rate = this.#rate()
    const left = inAll === undefined ? undefined : Math.max(0, inAll - done)
    const eta = left === undefined || rate === 0 ? '' : `, ${durationText(left / rate)} left`
    const parts = [
      title,
      ...(inAll === undefined ? [] : [bar(done, inAll)]),
      inAll === undefined ? amountText(done) : `${amountText(done)} of ${amountText(inAll)}`,
      `${amountText(Math.round(rate))}/s${eta}`,
      ...(saved > 0 ? [`${amountText(saved)} known already`] : []),
    ]
    return parts.join('  ').slice(0, Math.max(1, width - 1))
  }

  /** Each second, over the last few; 0 before there is anything to measure. */
  #rate(): number {
    const [first, last] = [this.#seen[0], this.#seen.at(-1)]
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return 0
    return ((last.done - first.done) * 1_000) / (last.atMs - first.atMs)
  }
}

function bar(done: number, inAll: number): string {
  const share = inAll === 0 ? 1 : Math.min(1, done / inAll)
  const filled = Math.floor(share * barWidth)
  return `[${'='.repeat(filled)}${' '.repeat(barWidth - filled)}] ${Math.floor(share * 100)} %`
}
