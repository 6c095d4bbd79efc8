import type { Disk, DiskFile, DiskPath } from '@flotilla/core/disk'
import { fileBytesOf, type SnapshotHeader } from './snapshot-format.ts'

/** One file with all who use it: it is open while there is anybody. */
export class SnapshotFile {
  readonly header: SnapshotHeader
  /** It goes when nobody uses it any more. */
  isUnneeded = false
  readonly #disk: Disk
  readonly #paths: { readonly whole: DiskPath; readonly part: DiskPath }
  #isComplete: boolean
  #users = 0
  /** Is open while `#users > 0`; opening and closing wait for each other here. */
  #file: Promise<DiskFile> | undefined
  #closing: Promise<void> = Promise.resolve()
  #bytes: number

  constructor(
    disk: Disk,
    header: SnapshotHeader,
    paths: { readonly whole: DiskPath; readonly part: DiskPath },
    isComplete: boolean,
  ) {
    this.#disk = disk
    this.header = header
    this.#paths = paths
    this.#isComplete = isComplete
    this.#bytes = isComplete ? fileBytesOf(header.bytes ?? 0) : 0
  }

  get path(): DiskPath {
    return this.#isComplete ? this.#paths.whole : this.#paths.part
  }

  get isComplete(): boolean {
    return this.#isComplete
  }

  get isUsed(): boolean {
    return this.#users > 0
  }

  get isIdlePart(): boolean {
    return !this.#isComplete && this.#users === 0
  }

  /** As of when it was last closed or opened. */
  get bytes(): number {
    return this.#bytes
  }

  async use(): Promise<DiskFile> {
    this.#users++
    try {
      this.#file ??= this.#closing.then(() => this.#disk.open(this.path, { create: !this.#isComplete }))
      const file = await this.#file
      this.#bytes = file.size
      return file
    } catch (error) {
      this.#users--
      if (this.#users === 0) this.#file = undefined
      throw error
    }
  }

  async release(): Promise<void> {
    this.#users--
    if (this.#users === 0) await this.close()
  }

  /** What its only user has written is whole and durable: it gets its name. */
  async complete(): Promise<void> {
    await this.close()
    await this.#disk.rename(this.#paths.part, this.#paths.whole)
    this.#isComplete = true
    this.#users--
  }

  close(): Promise<void> {
    const open = this.#file
    this.#file = undefined
    if (open !== undefined) {
      this.#closing = this.#closeAfter(this.#closing, open)
    }
    return this.#closing
  }

  async #closeAfter(earlier: Promise<void>, open: Promise<DiskFile>): Promise<void> {
    await earlier
    const file = await open
    this.#bytes = file.size
    await file[Symbol.asyncDispose]()
  }
}
