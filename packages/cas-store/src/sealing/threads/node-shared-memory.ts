import { copyBytes } from '@flotilla/core/memory'
import { withMemory, type Part } from './part.ts'

/** Zeroed memory that all threads reach. */
export function sharedMemory(byteLength: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(byteLength))
}

export interface SharedPoolSettings {
  /** Rooms that are kept: as many as there are in use at a time, so that soon none has to be made any more. */
  readonly keptMax: number
  /** The size of a room is a multiple of it, so that most rooms fit most messages. */
  readonly roomBytes: number
}

/**
 * Rooms for what was given in memory of one thread only, used again and again: shared memory that is dropped is freed
 * late, when all threads that have seen it have collected their garbage.
 */
export class SharedPool {
  readonly #settings: SharedPoolSettings
  /** From the smallest on. */
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
      copyBytes(bytes, copy, 0)
      offset += bytes.length
      return copy
    }
    return { parts: parts.map((part) => withMemory(part, shared)), release: () => this.#give(room) }
  }

  #take(byteLength: number): Uint8Array {
    const fitting = this.#kept.findIndex((room) => room.length >= byteLength)
    const [room] = fitting === -1 ? [] : this.#kept.splice(fitting, 1)
    const { roomBytes } = this.#settings
    return room ?? sharedMemory(Math.ceil(byteLength / roomBytes) * roomBytes)
  }

  #give(room: Uint8Array): void {
    this.#kept.push(room)
    this.#kept.sort((one, other) => one.length - other.length)
    // The smallest gives way, so that those stay that fit every message.
    if (this.#kept.length > this.#settings.keptMax) this.#kept.shift()
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
