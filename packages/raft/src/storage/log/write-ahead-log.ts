import type { DiskFile } from '@flotilla/core/disk'
import type { Counter } from '@flotilla/core/observe'
import type { GroupName, SnapshotMark } from '../../types.ts'
import { failed, storageClosed } from '../storage-error.ts'
import type { GroupWrite } from '../storage.ts'
import type { StorageLimits } from '../storage-limits.ts'
import type { Batch, LogPlan } from './log-plan.ts'
import type { SegmentNumber } from './record-format.ts'
import type { SegmentFiles } from './segment-files.ts'

export interface WriteAheadLogOptions {
  readonly plan: LogPlan
  readonly files: SegmentFiles
  readonly limits: StorageLimits
  readonly syncs: Counter
  readonly bytesWritten: Counter
  /** The snapshot that the group has from now on is durable, if it has one. */
  readonly marked: (group: GroupName, mark: SnapshotMark | undefined) => void
}

/** Writes batch after batch: one durable write in flight, and whatever comes meanwhile is the next. */
export class WriteAheadLog {
  readonly #options: WriteAheadLogOptions
  #file: DiskFile | undefined
  #isWriting = false
  #failure: Error | undefined
  #closing: Promise<void> | undefined
  #idle: (() => void) | undefined
  #syncs = 0

  constructor(options: WriteAheadLogOptions) {
    this.#options = options
  }

  get syncs(): number {
    return this.#syncs
  }

  /** Begins a new segment, so that no file is written to in which a crash may have left something. */
  async begin(): Promise<void> {
    const { plan, files } = this.#options
    const batch = plan.begin()
    try {
      this.#file = await files.begin(batch.segment)
      await this.#put(this.#file, batch)
    } catch (error) {
      throw failed('begin a new file of its log', error)
    }
  }

  write(writes: readonly GroupWrite[]): Promise<void> {
    if (this.#closing !== undefined) return Promise.reject(storageClosed())
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    if (writes.length === 0) return Promise.resolve()
    const { plan, limits } = this.#options
    const done = plan.add(writes)
    if (plan.waitingBytes > limits.waitingBytesMax) {
      this.#fail(
        new Error(`${plan.waitingBytes} bytes wait for the disk; waitingBytesMax is ${limits.waitingBytesMax}`),
      )
    } else if (!this.#isWriting) {
      this.#isWriting = true
      // What else is given in this turn goes with it.
      queueMicrotask(() => void this.#writeAll())
    }
    return done
  }

  crowded(): readonly GroupName[] {
    const { plan, files, limits } = this.#options
    let surplus = files.bytes - limits.crowdedBytes
    let last = 0 as SegmentNumber
    for (const [segment, bytes] of files.sizes()) {
      if (surplus <= 0) break
      surplus -= bytes
      last = segment
    }
    const names: GroupName[] = []
    for (const [name, { oldestSegment }] of plan.groups) {
      if (oldestSegment !== undefined && oldestSegment <= last) names.push(name)
    }
    return names
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    if (this.#isWriting) await new Promise<void>((resolve) => (this.#idle = resolve))
    const { plan, files } = this.#options
    try {
      if (this.#failure === undefined && this.#file !== undefined) await this.#put(this.#file, plan.mark())
    } catch (error) {
      throw failed('mark its log as closed', error)
    } finally {
      await files.close()
    }
  }

  async #writeAll(): Promise<void> {
    const { plan, files } = this.#options
    try {
      for (let batch = this.#next(); batch !== undefined; batch = this.#next()) {
        try {
          if (batch.beginsSegment) this.#file = await files.advance(batch.segment)
          if (this.#file !== undefined) await this.#put(this.#file, batch)
        } catch (error) {
          this.#fail(error)
          batch.done.reject(this.#failure)
          break
        }
        plan.recycle(batch)
      }
    } finally {
      this.#isWriting = false
      this.#idle?.()
    }
  }

  #next(): Batch | undefined {
    return this.#failure === undefined ? this.#options.plan.take() : undefined
  }

  async #put(file: DiskFile, batch: Batch): Promise<void> {
    const { files, syncs, bytesWritten, marked } = this.#options
    await file.write(batch.offset, batch.pieces)
    this.#syncs++
    syncs.inc({})
    bytesWritten.inc({}, batch.end - batch.offset)
    batch.done.resolve()
    files.filled(batch.segment, batch.end)
    for (const [group, mark] of batch.marks) marked(group, mark)
    if (batch.needed !== undefined) files.release(batch.needed)
  }

  /** From now on nothing is written: nobody knows any more what the disk holds behind the last sync. */
  #fail(cause: unknown): void {
    this.#failure ??= failed('write its log', cause)
    const { plan } = this.#options
    for (let batch = plan.take(); batch !== undefined; batch = plan.take()) batch.done.reject(this.#failure)
  }
}
