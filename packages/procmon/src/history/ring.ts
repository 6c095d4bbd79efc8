import type { HistoryPoint } from '../contract.ts'

/** Slots that are made at once: a young history is small, and an old one is within a page of its full size. */
const pageSlots = 128
/** Mean, least and most. */
const slotNumbers = 3

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

  #write(span: number, { mean, least, most }: HistoryPoint): void {
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
