import type { FileHandle } from 'node:fs/promises'
import { assert } from '../errors/index.ts'
import type { DiskFile } from './disk.ts'
import { FileGate } from './file-gate.ts'
import { durableFlag, errnoOf, toDiskError } from './node-file-system.ts'

/** How often one call is repeated when a signal interrupts it before it has done anything. */
const interruptionsMax = 100

interface NodeFileOptions {
  readonly handle: FileHandle
  readonly subject: string
  readonly size: number
  /** Every write is durable when the system returns from it. */
  readonly durable: boolean
  /** Makes the file's name durable; called before the first sync resolves. */
  syncName(): Promise<void>
  closed(): void
}

export class NodeFile implements DiskFile {
  readonly #options: NodeFileOptions
  readonly #handle: FileHandle
  readonly #gate: FileGate
  #size: number
  #nameDurable = false
  /** Settles, without an error, when the last sync that was given out is over. */
  #lastSync: Promise<void> = Promise.resolve()
  /** The sync that has not begun yet: every call that comes before it begins shares it. */
  #nextSync: Promise<void> | undefined

  constructor(options: NodeFileOptions) {
    this.#options = options
    this.#handle = options.handle
    this.#size = options.size
    this.#gate = new FileGate(options.subject)
  }

  get size(): number {
    return this.#size
  }

  read(position: number, length: number, into?: Uint8Array): Promise<Uint8Array> {
    assert(isCount(position) && isCount(length), 'a read takes whole numbers from 0')
    assert(into === undefined || into.length >= length, 'what is read into has room for it')
    const count = Math.max(0, Math.min(length, this.#size - position))
    const bytes = into?.subarray(0, count) ?? new Uint8Array(count)
    return this.#run(async () => {
      let done = 0
      while (done < bytes.length) {
        const { bytesRead } = await uninterrupted(() =>
          this.#handle.read(bytes, done, bytes.length - done, position + done),
        )
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    })
  }

  write(position: number, pieces: readonly Uint8Array[]): Promise<void> {
    assert(isCount(position), 'a write takes a whole position from 0')
    return this.#run(async () => {
      try {
        const end = await writeAll(this.#handle, position, pieces)
        if (end > position) this.#size = Math.max(this.#size, end)
        if (this.#options.durable) {
          if (durableFlag === undefined) await this.#handle.datasync()
          await this.#makeNameDurable()
        }
      } catch (error) {
        if (this.#options.durable) this.#gate.poison(error)
        this.#size = (await this.#handle.stat()).size
        throw error
      }
    })
  }

  truncate(size: number): Promise<void> {
    assert(isCount(size), 'a file is cut to a whole number of bytes from 0')
    return this.#run(async () => {
      await uninterrupted(() => this.#handle.truncate(size))
      this.#size = size
    })
  }

  /**
   * One at a time: the system reports a lost write to one sync only, so a second one in flight could succeed beside the
   * one that failed. Those that wait for their turn share it, and find the file poisoned if the one before failed.
   */
  sync(): Promise<void> {
    return this.#run(() => {
      if (this.#nextSync !== undefined) return this.#nextSync
      const next = this.#lastSync.then(() => this.#syncNow())
      this.#nextSync = next
      this.#lastSync = next.catch(() => {}) // Whoever shares `next` hears of it.
      return next
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!(await this.#gate.close())) return
    try {
      await this.#handle.close()
    } catch (error) {
      throw toDiskError(error, this.#options.subject)
    } finally {
      this.#options.closed()
    }
  }

  async #syncNow(): Promise<void> {
    this.#nextSync = undefined
    this.#gate.check()
    try {
      await this.#handle.datasync()
      await this.#makeNameDurable()
    } catch (error) {
      // Never tried again, not even after an interruption: the system may have dropped what it could not write.
      this.#gate.poison(error)
      throw error
    }
  }

  async #makeNameDurable(): Promise<void> {
    if (this.#nameDurable) return
    await this.#options.syncName()
    this.#nameDurable = true
  }

  async #run<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await this.#gate.run(work)
    } catch (error) {
      throw toDiskError(error, this.#options.subject)
    }
  }
}

/** Writes every byte, however few the system takes at a time; returns the position after the last one. */
export async function writeAll(handle: FileHandle, position: number, pieces: readonly Uint8Array[]): Promise<number> {
  let rest = pieces.filter((piece) => piece.length > 0)
  let at = position
  while (rest.length > 0) {
    const { bytesWritten } = await uninterrupted(() => handle.writev(rest, at))
    if (bytesWritten === 0) throw new Error('the system wrote nothing and gave no reason')
    at += bytesWritten
    rest = after(rest, bytesWritten)
  }
  return at
}

function after(pieces: readonly Uint8Array[], count: number): Uint8Array[] {
  let skipped = 0
  let first = 0
  for (const piece of pieces) {
    if (skipped + piece.length > count) break
    skipped += piece.length
    first++
  }
  return pieces.slice(first).map((piece, index) => (index === 0 ? piece.subarray(count - skipped) : piece))
}

async function uninterrupted<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (errnoOf(error) !== 'EINTR' || attempt === interruptionsMax) throw error
    }
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
