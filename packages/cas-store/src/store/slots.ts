/** So many at a time; others wait for their turn, first come, first served. */
export class Slots {
  readonly #most: number
  #taken = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** Whether there was one. Each that was taken is given back once. */
  tryTake(): boolean {
    if (this.#taken >= this.#most) return false
    this.#taken++
    return true
  }

  /** Resolves when there is one; rejects with the signal's reason when that comes first. */
  take(signal: AbortSignal): Promise<void> {
    if (this.tryTake()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const turn = (): void => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1)
        reject(signal.reason as Error)
      }
      if (signal.aborted) return reject(signal.reason as Error)
      signal.addEventListener('abort', leave, { once: true })
      this.#waiting.push(turn)
    })
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken--
    else next()
  }
}
