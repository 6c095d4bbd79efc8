import { copyBytes } from '../../memory/index.ts'

/** Smaller pieces are gathered until they fill this much, so that many tiny writes do not cost many objects. */
const gatherBytes = 4_096

/** A piece that keeps alive more than so many times its own memory is copied. */
const viewRatioMax = 4

interface Chunk {
  readonly bytes: Uint8Array
  /** 0 <= taken <= filled <= bytes.byteLength */
  taken: number
  filled: number
}

/** Bytes that wait for their reader, in memory of at most a few times their number. It owns what is pushed. */
export class PieceQueue {
  readonly #chunks: Chunk[] = []

  push(bytes: Uint8Array): void {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.filled + bytes.byteLength <= last.bytes.byteLength) {
      last.bytes.set(bytes, last.filled)
      last.filled += bytes.byteLength
    } else if (bytes.byteLength >= gatherBytes) {
      this.#chunks.push({ bytes: ofItsOwn(bytes), taken: 0, filled: bytes.byteLength })
    } else {
      const chunk = { bytes: new Uint8Array(gatherBytes), taken: 0, filled: bytes.byteLength }
      chunk.bytes.set(bytes)
      this.#chunks.push(chunk)
    }
  }

  /** The next piece, or undefined when there is none. */
  shift(): Uint8Array | undefined {
    const first = this.#chunks.shift()
    return first?.bytes.subarray(first.taken, first.filled)
  }

  /** Moves the next bytes to where they belong, as many as wait and have room. What is used up goes to `spent`. */
  moveInto(target: Uint8Array, at: number, spent: (bytes: Uint8Array) => void): number {
    let moved = 0
    for (let first = this.#chunks[0]; first !== undefined && at + moved < target.byteLength; first = this.#chunks[0]) {
      const end = Math.min(first.filled, first.taken + target.byteLength - at - moved)
      copyBytes(first.bytes.subarray(first.taken, end), target, at + moved)
      moved += end - first.taken
      first.taken = end
      if (first.taken < first.filled) break
      this.#chunks.shift()
      spent(first.bytes)
    }
    return moved
  }

  get empty(): boolean {
    return this.#chunks.length === 0
  }

  clear(): void {
    this.#chunks.length = 0
  }
}

/** (`slice` would not do: on a `Buffer` it makes a view.) */
function ofItsOwn(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > viewRatioMax * bytes.byteLength ? new Uint8Array(bytes) : bytes
}
