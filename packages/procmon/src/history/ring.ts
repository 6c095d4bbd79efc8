import type { HistoryPoint } from '../contract.ts'

/** Slots that are made at once: a young history is small, and an old one is within a page of its full size. */
const pageSlots = 128
/** Mean, least and most. */
const slotNumbers = 3

/** All that a ring holds, for whoever keeps it over a restart. */
export interface RingPast {
  /** The span that goes on, by its number since 1970, and what is recorded of it; -1 before the first. */
  readonly open: number
  readonly count: number
  readonly sum: number
  readonly least: number
  readonly most: number
  /** Without gaps within; from the oldest on. */
  readonly runs: readonly RingRun[]
}

export interface RingRun {
  /** The first one. */
  readonly span: number
  /** Mean, least and most of each. */
  readonly points: Float32Array
}

/**
 * The past of one figure at one resolution: points in slots that are used again, and one point that is being made.
 * A slot in which nothing was recorded holds NaN, which is a gap. Single precision: seven digits, as people look at it.
 */
export class Ring {
  readonly #resolutionMs: number
  readonly #pointsMax: number
  readonly #pages: (Float32Array | undefined)[]
  /** The span that is being recorded, by its number since 1970; -1 before the first. All points lie before it. */
  #open = -1
  #count = 0
  #sum = 0
  #least = 0
  #most = 0

  constructor(resolutionMs: number, pointsMax: number) {
    this.#resolutionMs = resolutionMs
    this.#pointsMax = pointsMax
    this.#pages = Array.from({ length: Math.ceil(pointsMax / pageSlots) })
  }

  record(wallMs: number, value: number): void {
    const span = Math.floor(wallMs / this.#resolutionMs)
    // A calendar that went back by a moment does not begin the last span again, as that would lose what is in it.
    if (span !== this.#open && span !== this.#open - 1) this.#moveTo(span)
    this.#least = this.#count === 0 ? value : Math.min(this.#least, value)
    this.#most = this.#count === 0 ? value : Math.max(this.#most, value)
    this.#sum += value
    this.#count++
  }

  /** From the oldest on; the last is the one that is still being made. */
  points(sinceMs: number): HistoryPoint[] {
    const points: HistoryPoint[] = []
    const oldest = Math.max(this.#open - this.#pointsMax + 1, Math.ceil(sinceMs / this.#resolutionMs), 0)
    for (let span = oldest; span < this.#open; span++) {
      const [page, offset] = this.#slot(span)
      const [mean, least, most] = [page?.[offset], page?.[offset + 1], page?.[offset + 2]]
      if (mean === undefined || least === undefined || most === undefined || Number.isNaN(mean)) continue
      points.push({ atMs: span * this.#resolutionMs, mean, least, most })
    }
    if (this.#count > 0 && this.#open >= oldest) points.push(this.#openPoint())
    return points
  }

  past(): RingPast {
    const runs: { readonly span: number; readonly points: number[] }[] = []
    for (let span = Math.max(this.#open - this.#pointsMax + 1, 0); span < this.#open; span++) {
      const [page, offset] = this.#slot(span)
      const numbers = page?.subarray(offset, offset + slotNumbers)
      if (numbers === undefined || Number.isNaN(numbers[0])) continue
      const last = runs.at(-1)
      if (last !== undefined && last.span + last.points.length / slotNumbers === span) last.points.push(...numbers)
      else runs.push({ span, points: [...numbers] })
    }
    return {
      open: this.#open,
      count: this.#count,
      sum: this.#sum,
      least: this.#least,
      most: this.#most,
      runs: runs.map(({ span, points }) => ({ span, points: Float32Array.from(points) })),
    }
  }

  /** To be called first, if at all. What is no past of such a ring is left out. */
  restore({ open, count, sum, least, most, runs }: RingPast): void {
    this.#open = open
    for (const { span, points } of runs) {
      for (let index = 0; index + slotNumbers <= points.length; index += slotNumbers) {
        const at = span + index / slotNumbers
        const [mean = NaN, low = NaN, high = NaN] = points.subarray(index, index + slotNumbers)
        if (at < 0 || at >= open || at <= open - this.#pointsMax || Number.isNaN(mean + low + high)) continue
        this.#write(at, { mean, least: low, most: high })
      }
    }
    if (count > 0 && open >= 0) [this.#count, this.#sum, this.#least, this.#most] = [count, sum, least, most]
  }

  /** What it holds now, without a few words for itself. */
  get bytes(): number {
    return this.#pages.reduce((sum, page) => sum + (page?.byteLength ?? 0), 0)
  }

  #openPoint(): HistoryPoint {
    // The sum is rounded, and may be a trifle beyond what it is made of.
    const mean = Math.min(this.#most, Math.max(this.#least, this.#sum / this.#count))
    return { atMs: this.#open * this.#resolutionMs, mean, least: this.#least, most: this.#most }
  }

  #moveTo(span: number): void {
    const before = this.#open
    if (span > before) {
      if (this.#count > 0) this.#write(before, this.#openPoint())
      this.#clear(Math.max(before + 1, span - this.#pointsMax + 1), span)
    } else {
      // The calendar was set back: what lies after it has not happened yet.
      this.#clear(Math.max(span, before - this.#pointsMax + 1), before)
    }
    this.#open = span
    this.#count = 0
    this.#sum = 0
  }

  /** Makes gaps of these spans, the last one included. */
  #clear(first: number, last: number): void {
    for (let span = first; span <= last; span++) {
      const [page, offset] = this.#slot(span)
      page?.fill(Number.NaN, offset, offset + slotNumbers)
    }
  }

  #write(span: number, { mean, least, most }: Omit<HistoryPoint, 'atMs'>): void {
    const index = Math.floor((span % this.#pointsMax) / pageSlots)
    const slots = Math.min(pageSlots, this.#pointsMax - index * pageSlots)
    this.#pages[index] ??= new Float32Array(slots * slotNumbers).fill(Number.NaN)
    const [page, offset] = this.#slot(span)
    page?.set([mean, least, most], offset)
  }

  #slot(span: number): [page: Float32Array | undefined, offset: number] {
    const slot = span % this.#pointsMax
    return [this.#pages[Math.floor(slot / pageSlots)], (slot % pageSlots) * slotNumbers]
  }
}
