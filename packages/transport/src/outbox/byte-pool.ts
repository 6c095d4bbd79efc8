import { Buffer } from 'node:buffer'

/** Buffers of this size are used again; all else is given to the garbage collector. */
export const pooledBytes = 131_072
/** How many wait to be used again: a whole window of a stream, and what a link takes in one go. */
const freeMax = 10

/**
 * Memory for what waits to be sent, used again when the link has taken it: memory outside the heap makes the collector
 * run every few megabytes, which took half of the time of a fast stream and stopped everything for 20 ms at a time.
 *
 * It is not set to zero: queues hand over no more of it than they have filled.
 */
export class BytePool {
  #free: Uint8Array[] = []
  /** What was handed to the link, and may still be read by it. */
  #handed: Uint8Array[] = []

  take(length: number): Uint8Array {
    const pooled = length > pooledBytes / 2 && length <= pooledBytes ? this.#free.pop() : undefined
    if (pooled !== undefined) return pooled
    const size = length > pooledBytes / 2 && length <= pooledBytes ? pooledBytes : length
    const { buffer } = Buffer.allocUnsafeSlow(size)
    return new Uint8Array(buffer, 0, size)
  }

  /** All of these bytes are in the hands of the link, or will be when this turn is over. */
  hand(bytes: Uint8Array): void {
    if (bytes.byteLength === pooledBytes && this.#handed.length < freeMax) this.#handed.push(bytes)
  }

  /** The link has taken all that it was handed: nobody else reads it any more. */
  reclaim(): void {
    for (const bytes of this.#handed) if (this.#free.length < freeMax) this.#free.push(bytes)
    this.#handed = []
  }

  /** Nothing was sent for a while. */
  forget(): void {
    this.#free = []
  }
}
