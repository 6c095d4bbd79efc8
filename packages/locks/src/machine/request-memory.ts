import type { LockRequest } from './ids.ts'

/** Numbers that have not come, both ends included. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/**
 * Which numbers of a session have come already: all up to the highest, save those in its gaps. Commands overtake each
 * other when they are sent again, so there are gaps for a while; if there would be more than `gapsMax`, the numbers of
 * the lowest count as come, so that no number is ever taken twice and the memory stays small.
 */
export class RequestMemory {
  readonly #gapsMax: number
  #highest: number
  /** Rising, apart from each other, below `#highest`; at most `gapsMax`. */
  readonly #gaps: Gap[]

  constructor(gapsMax: number, highest = 0, gaps: readonly Gap[] = []) {
    this.#gapsMax = gapsMax
    this.#highest = highest
    this.#gaps = [...gaps]
  }

  get highest(): number {
    return this.#highest
  }

  get gaps(): readonly Gap[] {
    return this.#gaps.slice()
  }

  hasCome(request: LockRequest): boolean {
    return request <= this.#highest && this.#placeOf(request) < 0
  }

  come(request: LockRequest): void {
    if (request > this.#highest) {
      if (request > this.#highest + 1) this.#gaps.push({ from: this.#highest + 1, to: request - 1 })
      this.#highest = request
    } else {
      const place = this.#placeOf(request)
      const gap = this.#gaps[place]
      if (gap === undefined) return
      const left = [
        { from: gap.from, to: request - 1 },
        { from: request + 1, to: gap.to },
      ]
      this.#gaps.splice(place, 1, ...left.filter(({ from, to }) => from <= to))
    }
    if (this.#gaps.length > this.#gapsMax) this.#gaps.shift()
  }

  /** Late ones are rare and seldom very late, so they are looked for from the end. */
  #placeOf(request: LockRequest): number {
    return this.#gaps.findLastIndex(({ from, to }) => from <= request && request <= to)
  }
}
