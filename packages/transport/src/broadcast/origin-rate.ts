/**
 * How many broadcasts one member may sign, judged by the timestamps that it signed: in any run of n slots at most
 * `burst + n * perSlotMax`.
 *
 * A bucket that counts arrivals would depend on the way: after a cut, the broadcasts of half a minute arrive at once,
 * and an honest member would lose most of them. By timestamps every node counts the same, in whatever order they come.
 */
export class OriginRate {
  readonly #perSlotMax: number
  readonly #burst: number
  /** Only slots that have some; all within the window, as `forgetOutside` is called before `take`. */
  readonly #counts = new Map<number, number>()

  constructor(settings: { readonly perSlotMax: number; readonly burst: number }) {
    this.#perSlotMax = settings.perSlotMax
    this.#burst = settings.burst
  }

  get isIdle(): boolean {
    return this.#counts.size === 0
  }

  /** Counts one more in that slot, or returns false if that would be too many. */
  take(slot: number): boolean {
    const count = (this.#counts.get(slot) ?? 0) + 1
    const excess = count - this.#perSlotMax + this.#worstRun(slot, -1) + this.#worstRun(slot, 1)
    if (excess > this.#burst) return false
    this.#counts.set(slot, count)
    return true
  }

  /** Also the future is forgotten: a calendar that was set back leaves slots there that are out of reach. */
  forgetOutside(first: number, last: number): void {
    for (const slot of this.#counts.keys()) if (slot < first || slot > last) this.#counts.delete(slot)
  }

  /** By how much a run that begins beside the slot and goes on in this direction exceeds its share, if any does. */
  #worstRun(slot: number, direction: 1 | -1): number {
    let farthest = slot
    for (const known of this.#counts.keys()) if ((known - farthest) * direction > 0) farthest = known
    let worst = 0
    let excess = 0
    for (let at = slot + direction; (farthest - at) * direction >= 0; at += direction) {
      excess += (this.#counts.get(at) ?? 0) - this.#perSlotMax
      worst = Math.max(worst, excess)
    }
    return worst
  }
}
