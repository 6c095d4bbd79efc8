/** One thing that happened in the world. `detail` is read only when the line is printed. */
export interface TraceEvent {
  /** Virtual milliseconds since the world began. */
  readonly atMs: number
  /** A host's name, `a>b` for what travels, or `world`. */
  readonly where: string
  readonly what: string
  readonly detail?: string | (() => string)
}

const rememberedMax = 256

/**
 * What happened, as a hash of everything and the last events in full. Two runs of one seed have the same hash; a
 * difference means that something outside the seed (a real clock, a real disk, a set's order) leaked into the run.
 */
export class Trace {
  readonly #onEvent: ((event: TraceEvent) => void) | undefined
  /** A ring: `#next` is where the next event goes; at most `rememberedMax` are kept. */
  readonly #remembered: TraceEvent[] = []
  #next = 0
  #high = 0x811c9dc5
  #low = 0x01000193
  #count = 0

  constructor(onEvent?: (event: TraceEvent) => void) {
    this.#onEvent = onEvent
  }

  get count(): number {
    return this.#count
  }

  record(event: TraceEvent): void {
    this.#count++
    this.#mixNumber(event.atMs)
    this.#mixText(event.where)
    this.#mixText(event.what)
    if (typeof event.detail === 'string') this.#mixText(event.detail)
    this.#remembered[this.#next] = event
    this.#next = (this.#next + 1) % rememberedMax
    this.#onEvent?.(event)
  }

  /** Bytes that took part, so that a difference in content shows as well as one in order. */
  mixBytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.#mix(byte)
  }

  /** The last events, oldest first. */
  last(count: number): readonly TraceEvent[] {
    const inOrder = [...this.#remembered.slice(this.#next), ...this.#remembered.slice(0, this.#next)]
    return inOrder.slice(-count)
  }

  hash(): string {
    return [this.#high, this.#low].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #mixNumber(value: number): void {
    const micros = Math.round(value * 1_000)
    this.#mix(micros % 2 ** 32)
    this.#mix(Math.floor(micros / 2 ** 32))
  }

  #mixText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#mix(text.charCodeAt(index))
    this.#mix(text.length)
  }

  /** Two different multipliers over the same words: 64 bits of state, each dependent on all that came before. */
  #mix(word: number): void {
    this.#high = Math.imul(this.#high ^ word, 0x01000193)
    this.#low = Math.imul((this.#low ^ word) + (this.#high >>> 15), 0x85ebca6b)
  }
}

/** One line for people. */
export function formatEvent(event: TraceEvent): string {
  const detail = typeof event.detail === 'function' ? event.detail() : event.detail
  const time = (event.atMs / 1_000).toFixed(6).padStart(12)
  return `${time}  ${event.where.padEnd(12)} ${event.what}${detail === undefined ? '' : ` ${detail}`}`
}
