import type { WallChannel } from '../contract.ts'

/** Writes lines as far as the channel takes them, and keeps the rest of one. */
export class ChannelWriter {
  readonly #channel: WallChannel
  readonly #nextLine: () => Uint8Array | undefined
  #rest: Uint8Array = new Uint8Array(0)
  #isFull = false
  #isThere = false
  #isPumping = false
  /** Rises whenever the other side comes or goes. */
  #peer = 0

  constructor(channel: WallChannel, nextLine: () => Uint8Array | undefined) {
    this.#channel = channel
    this.#nextLine = nextLine
  }

  meet(isThere: boolean): void {
    this.#isThere = isThere
    this.#peer++
    this.#isFull = false
    this.#rest = new Uint8Array(0)
  }

  /** The channel says that there is room again. */
  makeRoom(): void {
    this.#isFull = false
  }

  /** That a line could be written now. */
  get isOpen(): boolean {
    return this.#isThere && !this.#isFull
  }

  /** Writes until there is nothing more, or no room. Where a channel reports from within a write, the loop goes on. */
  pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      while (this.isOpen && this.#hasLine()) this.#write()
    } finally {
      this.#isPumping = false
    }
  }

  #hasLine(): boolean {
    if (this.#rest.length === 0) this.#rest = this.#nextLine() ?? this.#rest
    return this.#rest.length > 0
  }

  #write(): void {
    const peer = this.#peer
    const line = this.#rest
    // Set first: room may be made while it writes.
    this.#isFull = true
    const taken = this.#channel.write(line)
    // What is left of a line is not for another than who got its beginning.
    if (peer !== this.#peer) return
    if (taken === line.length) this.#isFull = false
    this.#rest = line.subarray(taken)
  }
}
