import { diskError } from '../../disk/disk-error.ts'
import { FileGate } from '../../disk/file-gate.ts'
import type { DiskFile, DiskPath } from '../../disk/index.ts'
import { assert } from '../../errors/index.ts'
import type { Prng } from '../../random/index.ts'
import { sectorBytes, type CrashableBytes } from './crashable-bytes.ts'
import type { DiskFailure, DiskOperation } from './disk-faults.ts'

/** A file on the disk, open or not. */
export interface StoredFile {
  readonly content: CrashableBytes
  /** Whether a crash leaves it there at all. */
  nameDurable: boolean
}

/** What an open file needs of the disk that it was opened on. */
export interface FileHost {
  /**
   * Resolves with what `effect` returns, at the moment at which the operation is over; never, if the disk dies first.
   */
  perform<Result>(
    operation: DiskOperation,
    effect: (failure?: DiskFailure) => Result,
    interrupted?: (prng: Prng) => void,
  ): Promise<Result>
  /** How many bytes more fit on the disk. */
  room(): number
  isDead(): boolean
  closed(): void
}

export class MemoryFile implements DiskFile {
  readonly #path: DiskPath
  readonly #stored: StoredFile
  readonly #host: FileHost
  readonly #gate: FileGate
  readonly #durable: boolean

  constructor(path: DiskPath, stored: StoredFile, host: FileHost, durable: boolean) {
    this.#path = path
    this.#stored = stored
    this.#host = host
    this.#gate = new FileGate(path)
    this.#durable = durable
  }

  get size(): number {
    return this.#stored.content.size
  }

  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    assert(isCount(position) && isCount(length), 'a read takes whole numbers from 0')
    assert(into === undefined || into.length >= length, 'what is read into has room for it')
    return this.#perform('read', position, length, (failure) => {
      if (failure) throw diskError(failure.code, this.#path)
      const bytes = this.#stored.content.read(position, length)
      if (into === undefined) return bytes
      into.set(bytes)
      return into.subarray(0, bytes.length)
    })
  }

  async write(position: number, pieces: readonly Uint8Array[]): Promise<void> {
    if (!this.#durable) return this.#write(position, pieces)
    try {
      await this.#write(position, pieces)
    } catch (error) {
      this.#gate.poison(error)
      throw error
    }
    await this.sync()
  }

  #write(position: number, pieces: readonly Uint8Array[]): Promise<void> {
    assert(isCount(position), 'a write takes a whole position from 0')
    const bytes = joined(pieces)
    const { content } = this.#stored
    const put = (count: number): number => {
      const room = Math.max(0, content.size + this.#host.room() - position)
      const written = Math.min(count, room, bytes.length)
      content.write(position, bytes.subarray(0, written))
      return written
    }
    const effect = (failure?: DiskFailure): void => {
      const written = put(failure === undefined ? bytes.length : (failure.bytesWritten ?? 0))
      if (failure) throw diskError(failure.code, this.#path)
      if (written < bytes.length) throw diskError('disk-full', this.#path)
    }
    return this.#perform('write', position, bytes.length, effect, (prng) => {
      // A process that dies in the middle of a write has written whole sectors, from the first one on.
      const before = position % sectorBytes
      put(Math.max(0, prng.between(0, Math.ceil((before + bytes.length) / sectorBytes)) * sectorBytes - before))
    })
  }

  truncate(size: number): Promise<void> {
    assert(isCount(size), 'a file is cut to a whole number of bytes from 0')
    const { content } = this.#stored
    const effect = (failure?: DiskFailure): void => {
      if (failure) throw diskError(failure.code, this.#path)
      if (size > content.size + this.#host.room()) throw diskError('disk-full', this.#path)
      content.truncate(size)
    }
    return this.#perform('truncate', size, 0, effect, (prng) => {
      if (prng.chance(1, 2)) content.truncate(size)
    })
  }

  sync(): Promise<void> {
    const { content } = this.#stored
    const { changes } = content
    return this.#perform('sync', 0, 0, (failure) => {
      if (failure === undefined) {
        content.makeDurable(changes)
        this.#stored.nameDurable = true
        return
      }
      content.leaveInDoubt()
      const error = diskError(failure.code, this.#path)
      this.#gate.poison(error)
      throw error
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#host.isDead()) return
    if (await this.#gate.close()) this.#host.closed()
  }

  #perform<Result>(
    type: DiskOperation['type'],
    position: number,
    bytes: number,
    effect: (failure?: DiskFailure) => Result,
    interrupted?: (prng: Prng) => void,
  ): Promise<Result> {
    const operation: DiskOperation = { type, path: this.#path, position, bytes }
    return this.#gate.run(() => this.#host.perform(operation, effect, interrupted))
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
