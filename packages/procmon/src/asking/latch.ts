/**
 * Something that is asked again and again, and may never answer. While an ask is under way no other one begins; what it
 * said last stays until it says something else.
 */
export class Latch<Value> {
  readonly #ask: () => Promise<Value>
  #underWay: Promise<void> | undefined
  #askedAtMs = -Infinity
  #latest: { readonly value: Value } | { readonly error: unknown } | undefined

  constructor(ask: () => Promise<Value>) {
    this.#ask = ask
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined
  }

  /** Resolves, and never rejects, once the ask that is under way is done. */
  get underWay(): Promise<void> | undefined {
    return this.#underWay
  }

  /** What it said or threw last. */
  get latest(): { readonly value: Value } | { readonly error: unknown } | undefined {
    return this.#latest
  }

  /** Asks unless it is being asked, or was less than `everyMs` ago. Resolves, and never rejects, when it is done. */
  ask(nowMs: number, everyMs: number): Promise<void> | undefined {
    if (this.#underWay !== undefined || nowMs - this.#askedAtMs < everyMs) return undefined
    this.#askedAtMs = nowMs
    this.#underWay = this.#settle()
    return this.#underWay
  }

  async #settle(): Promise<void> {
    try {
      this.#latest = { value: await this.#ask() }
    } catch (error) {
      this.#latest = { error }
    } finally {
      this.#underWay = undefined
    }
  }
}
