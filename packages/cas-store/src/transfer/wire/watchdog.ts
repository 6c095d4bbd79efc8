import { after, type Clock, type Millis } from '@flotilla/core/time'

/** Barks when something that is waited for takes too long. One timer serves many short waits. */
export class Watchdog implements Disposable {
  readonly #clock: Clock
  readonly #bark: () => void
  #timer: Disposable | undefined
  /** When the timer is due: never after `#deadline` while something is waited for. */
  #timerAt = Infinity
  #deadline = Infinity

  constructor(clock: Clock, bark: () => void) {
    this.#clock = clock
    this.#bark = bark
  }

  /** From now on it may take so long. */
  watch(patienceMs: number): void {
    this.#deadline = after(this.#clock.now(), patienceMs)
    if (this.#timerAt > this.#deadline) this.#setTimer()
  }

  rest(): void {
    this.#deadline = Infinity
  }

  [Symbol.dispose](): void {
    this.#deadline = Infinity
    this.#timerAt = Infinity
    this.#timer?.[Symbol.dispose]()
  }

  #setTimer(): void {
    this.#timer?.[Symbol.dispose]()
    this.#timerAt = this.#deadline
    this.#timer = this.#clock.wakeAt(this.#deadline as Millis, () => {
      this.#timerAt = Infinity
      if (this.#deadline === Infinity) return
      if (this.#clock.now() >= this.#deadline) return this.#bark()
      this.#setTimer()
    })
  }
}
