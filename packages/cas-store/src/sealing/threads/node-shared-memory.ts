import { withMemory, type Part } from './part.ts'

/** Zeroed memory that all threads reach. */
export function sharedMemory(byteLength: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(byteLength))
}

export interface SharedPoolSettings {
  /** Pieces that are kept. */
  readonly keptMax: number
  /** Of one piece; larger ones are not kept. */
  readonly keptBytesMax: number
}

/** Memory for what was given in memory of one thread only, used again and again. */
export class SharedPool {
  readonly #settings: SharedPoolSettings
  readonly #kept: Uint8Array[] = []

  constructor(settings: SharedPoolSettings) {
    this.#settings = settings
  }

  /**
   * The same parts, all in memory that other threads reach; `release` when they need it no more. Sending a view of
   * memory that is not shared would copy all of the memory that it is a view of, twice.
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
    const fitting = this.#kept.findIndex((room) => room.length >= byteLength)
    const [room] = fitting === -1 ? [] : this.#kept.splice(fitting, 1)
    // Powers of two, so that most rooms fit most messages.
    return room ?? sharedMemory(2 ** Math.ceil(Math.log2(byteLength)))
  }

  #give(room: Uint8Array): void {
    const { keptMax, keptBytesMax } = this.#settings
    if (room.length > keptBytesMax) return
    // The oldest gives way, so that small ones that fit nothing any more do not stay for ever.
    if (this.#kept.length === keptMax) this.#kept.shift()
    this.#kept.push(room)
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
