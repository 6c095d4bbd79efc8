import { withMemory, type Part } from './part.ts'

/** Zeroed memory that all threads reach. */
export function sharedMemory(byteLength: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(byteLength))
}

/** Memory for what was given in memory of one thread only, used again and again; at most `keptMax` pieces of `bytes`. */
export class SharedPool {
  readonly #bytes: number
  readonly #keptMax: number
  readonly #kept: Uint8Array[] = []

  constructor({ bytes, keptMax }: { readonly bytes: number; readonly keptMax: number }) {
    this.#bytes = bytes
    this.#keptMax = keptMax
  }

  /**
   * The same parts, all in memory that other threads reach; `release` when they need it no more. Sending a view of memory
   * that is not shared would copy all of the memory that it is a view of, twice.
   */
  share(parts: readonly Part[]): { readonly parts: readonly Part[]; readonly release: () => void } {
    let byteLength = 0
    for (const part of parts) byteLength += unsharedBytesOf(part)
    if (byteLength === 0) return { parts, release: () => undefined }
    const room = this.#take(byteLength)
    let offset = 0
    const shared = (bytes: Uint8Array): Uint8Array => {
      if (isShared(bytes)) return bytes
      const copy = room.subarray(offset, offset + bytes.length)
      copy.set(bytes)
      offset += bytes.length
      return copy
    }
    return { parts: parts.map((part) => withMemory(part, shared)), release: () => this.#give(room) }
  }

  #take(byteLength: number): Uint8Array {
    if (byteLength > this.#bytes) return sharedMemory(byteLength)
    return this.#kept.pop() ?? sharedMemory(this.#bytes)
  }

  #give(room: Uint8Array): void {
    if (room.length === this.#bytes && this.#kept.length < this.#keptMax) this.#kept.push(room)
  }
}

function unsharedBytesOf(part: Part): number {
  let sum = 0
  withMemory(part, (bytes) => {
    if (!isShared(bytes)) sum += bytes.length
    return bytes
  })
  return sum
}

function isShared(bytes: Uint8Array): boolean {
  return bytes.buffer instanceof SharedArrayBuffer
}
