import type { WallChannel } from '../contract.ts'

/** Writes lines as far as the channel takes them, and keeps the rest of one. */
export class ChannelWriter {
  readonly #channel: WallChannel
  readonly #nextLine: () => Uint8Array | undefined
  #rest: Uint8Array = new Uint8Array(0)
  #isFull = false
  #isThere = false

  constructor(channel: WallChannel, nextLine: () => Uint8Array | undefined) {
    this.#channel = channel
    this.#nextLine = nextLine
  }

  meet(isThere: boolean): void {
    this.#isThere = isThere
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

  /** How much is under way and not taken yet. */
  get pendingBytes(): number {
    return this.#rest.length
  }

  /** Writes until there is nothing more, or no room. */
  pump(): void {
    while (this.isOpen) {
      if (this.#rest.length === 0) {
        const line = this.#nextLine()
        if (line === undefined) return
        this.#rest = line
      }
      const taken = this.#channel.write(this.#rest)
      // The channel may have lost its other side while it was writing.
      if (!this.#isThere) return
      this.#isFull = taken < this.#rest.length
      this.#rest = this.#rest.subarray(taken)
    }
  }
}
