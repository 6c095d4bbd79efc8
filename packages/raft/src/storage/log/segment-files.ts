import { diskPath, type Disk, type DiskFile, type DiskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { segmentBytesAfter, type StorageLimits } from '../storage-limits.ts'
import type { SegmentNumber } from './record-format.ts'
import { encodeSegmentHeader } from './segment-header.ts'

export const logFolder: DiskPath = diskPath('raft/log')
/** The file that is, or was being, made ready to become the next segment. Nothing in it counts. */
const nextPath: DiskPath = diskPath('raft/log/next')
/** An old segment, kept to be used again. Nothing in it counts. */
export const sparePath: DiskPath = diskPath('raft/log/spare')

function segmentPath(segment: SegmentNumber): DiskPath {
  return diskPath(`raft/log/${String(segment).padStart(10, '0')}.wal`)
}

/** The number in the name of a segment's file, or undefined for any other file. */
export function segmentOf(path: DiskPath): SegmentNumber | undefined {
  const digits = /^raft\/log\/(\d{10})\.wal$/.exec(path)?.[1]
  return digits === undefined ? undefined : (Number(digits) as SegmentNumber)
}

export interface SegmentFilesOptions {
  readonly disk: Disk
  readonly logId: Uint8Array
  readonly limits: StorageLimits
  readonly logger: Logger
  /** Those that are there, in order, with their lengths. */
  readonly found: readonly { readonly segment: SegmentNumber; readonly bytes: number }[]
  /** Whether there is a spare file. */
  readonly hasSpare: boolean
}

interface Preparation {
  readonly segment: SegmentNumber
  readonly ready: Promise<DiskFile>
}

/**
 * The files of the log: makes the next one ready while the present one is being filled, and uses old ones again.
 *
 * Ready means written with zeros and synced, all of it. Then a record overwrites blocks that the file system has
 * already given to the file and noted down, so that its sync has nothing to wait for but the record; and what was not
 * written reads as zeros, in a file that is used again too, which tells a torn record from a damaged one. It gets its
 * name when it is ready, so that a segment has its whole header or is not there.
 */
export class SegmentFiles {
  readonly #options: SegmentFilesOptions
  /** Oldest first, with what is open and what is ready. */
  readonly #sizes: Map<SegmentNumber, number>
  #active: DiskFile | undefined
  /** How long the active one was meant to be, and so how long the next one is to be. */
  #activeBytes = 0
  #preparation: Preparation | undefined
  /** How much of the next file may be made ready: the log sets the pace, so that an idle one leaves the disk alone. */
  #allowedBytes = 0
  #allowed: (() => void) | undefined
  #closing = false
  #hasSpare: boolean
  /** Of what is being made ready. */
  #nextBytes = 0
  /** Settles, without an error, when what was released so far is dealt with. */
  #releasing: Promise<void> = Promise.resolve()

  constructor(options: SegmentFilesOptions) {
    this.#options = options
    this.#sizes = new Map(options.found.map(({ segment, bytes }) => [segment, bytes]))
    this.#hasSpare = options.hasSpare
  }

  /** All there is, room that is ready and the spare file included. */
  get bytes(): number {
    let bytes = this.#nextBytes + (this.#hasSpare ? this.#options.limits.segmentBytes : 0)
    for (const size of this.#sizes.values()) bytes += size
    return bytes
  }

  get count(): number {
    return this.#sizes.size
  }

  /** Oldest first. */
  sizes(): ReadonlyMap<SegmentNumber, number> {
    return this.#sizes
  }

  /** The first file of this life. */
  async begin(segment: SegmentNumber): Promise<DiskFile> {
    this.#allowedBytes = Infinity
    const bytes = segmentBytesAfter(0, this.#options.limits)
    this.#active = await this.#prepare(segment, bytes)
    this.#activeBytes = bytes
    this.#allowedBytes = 0
    this.#prepareNext(segment)
    return this.#active
  }

  /** The next file, when it is ready; closes the one before, which is synced. */
  async advance(segment: SegmentNumber): Promise<DiskFile> {
    this.#allow(Infinity)
    const prepared = this.#preparation
    const bytes = segmentBytesAfter(this.#activeBytes, this.#options.limits)
    // What failed in the background is tried once more, now that it matters.
    const next = await (prepared?.segment === segment
      ? prepared.ready.catch(() => this.#prepare(segment, bytes))
      : this.#prepare(segment, bytes))
    await this.#active?.[Symbol.asyncDispose]()
    this.#active = next
    this.#activeBytes = bytes
    this.#allowedBytes = 0
    this.#prepareNext(segment)
    return next
  }

  /** The log has come so far in its segment: twice as much of the next one may be ready. */
  filled(segment: SegmentNumber, offset: number): void {
    const size = this.#sizes.get(segment) ?? this.#activeBytes
    if (offset > size) this.#sizes.set(segment, offset)
    this.#allow((2 * offset * segmentBytesAfter(this.#activeBytes, this.#options.limits)) / size)
  }

  /** Nothing before this segment is needed any more, and that is durable. */
  release(before: SegmentNumber): void {
    const gone = [...this.#sizes.keys()].filter((segment) => segment < before)
    if (gone.length > 0) this.discard(gone)
  }

  /** Nothing in these is needed any more, and that is durable. */
  discard(gone: readonly SegmentNumber[]): void {
    this.#releasing = this.#removeAfter(this.#releasing, gone)
  }

  async close(): Promise<void> {
    this.#closing = true
    this.#allow(Infinity)
    const prepared = await this.#preparation?.ready.catch(() => undefined)
    await prepared?.[Symbol.asyncDispose]()
    await this.#releasing
    await this.#active?.[Symbol.asyncDispose]()
  }

  #prepareNext(after: SegmentNumber): void {
    const segment = (after + 1) as SegmentNumber
    const ready = this.#prepare(segment, segmentBytesAfter(this.#activeBytes, this.#options.limits))
    this.#preparation = { segment, ready }
    ready.catch((error: unknown) => {
      if (this.#closing) return
      this.#options.logger.warn({ err: error, segment }, 'the next file of the raft log could not be made ready')
    })
  }

  async #prepare(segment: SegmentNumber, bytes: number): Promise<DiskFile> {
    const { disk, logId, limits } = this.#options
    if (this.#hasSpare && bytes === limits.segmentBytes) {
      await disk.rename(sparePath, nextPath)
      this.#hasSpare = false
    }
    const next = await disk.open(nextPath, { create: true })
    try {
      await this.#zero(next, bytes)
      await next.write(0, [encodeSegmentHeader(logId, segment, bytes)])
      await next.sync()
    } finally {
      this.#nextBytes = next.size
      await next[Symbol.asyncDispose]()
    }
    await disk.rename(nextPath, segmentPath(segment))
    this.#sizes.set(segment, bytes)
    this.#nextBytes = 0
    return disk.open(segmentPath(segment), { durable: true })
  }

  async #zero(file: DiskFile, bytes: number): Promise<void> {
    if (file.size > bytes) await file.truncate(bytes)
    const { readyBytes } = this.#options.limits
    const zeros = new Uint8Array(Math.min(readyBytes, bytes))
    for (let at = 0; at < bytes; at += zeros.length) {
      while (at >= this.#allowedBytes) await new Promise<void>((resolve) => (this.#allowed = resolve))
      if (this.#closing) throw new FlotillaError('closed', 'the raft log is being closed')
      await file.write(at, [zeros.subarray(0, Math.min(zeros.length, bytes - at))])
      await file.sync()
      this.#nextBytes = file.size
    }
  }

  #allow(bytes: number): void {
    this.#allowedBytes = Math.max(this.#allowedBytes, bytes)
    this.#allowed?.()
  }

  async #removeAfter(earlier: Promise<void>, gone: readonly SegmentNumber[]): Promise<void> {
    await earlier
    // Oldest first, and none before the one that comes before it: a gap would look like a loss.
    for (const segment of gone) if (this.#sizes.has(segment) && !(await this.#remove(segment))) return
  }

  /** Returns whether it is gone. One is kept to be used again. */
  async #remove(segment: SegmentNumber): Promise<boolean> {
    const { disk, logger } = this.#options
    try {
      if (this.#hasSpare) await disk.remove(segmentPath(segment))
      else {
        await disk.rename(segmentPath(segment), sparePath)
        this.#hasSpare = true
      }
    } catch (error) {
      // Nothing depends on it; the next release tries again. A rename that failed may have happened, though.
      const isGone = error instanceof FlotillaError && error.code === 'not-found'
      if (isGone) this.#sizes.delete(segment)
      else logger.warn({ err: error, segment }, 'an old file of the raft log could not be removed')
      return isGone
    }
    this.#sizes.delete(segment)
    return true
  }
}
