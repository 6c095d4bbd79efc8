import type { DiskFile } from '@flotilla/core/disk'
import { assert } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { PackId } from '../types.ts'
import type { PackFiles } from './pack-files.ts'
import { encodePackHeader, packHeaderBytes } from './pack-format.ts'

export interface GrowingPackOptions {
  readonly id: PackId
  readonly files: PackFiles
  readonly logger: Logger
  /** How much is written in one go. */
  readonly writeBytesMax: number
}

/**
 * A pack of this life: what is given to it is written in order, as much of what waits as fits at a time, and made
 * durable for all who ask in one sync. When a write or a sync fails, the pack is given up: what was durable stays and
 * can be read, everything else in it is lost to those who gave it, none of whom has been told otherwise.
 */
export class GrowingPack {
  readonly id: PackId
  /** Those who rely on bytes of it that no catalogue may know of yet; while there are any it is no orphan. */
  holds = 0
  readonly #options: GrowingPackOptions
  /** The end of all that was given to it. */
  #end = packHeaderBytes
  /** `durable <= written <= end`. */
  #written = 0
  #durable = 0
  #waiting: Uint8Array[]
  #file: DiskFile | undefined
  /** The write that is under way, or the next one to be; it never rejects. */
  #writing: Promise<void> | undefined
  #syncing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #finishing: Promise<void> | undefined
  #isFinished = false

  constructor(options: GrowingPackOptions) {
    this.id = options.id
    this.#options = options
    this.#waiting = [encodePackHeader(options.id)]
  }

  get end(): number {
    return this.#end
  }

  /** Whether it takes more. */
  get isOpen(): boolean {
    return this.#failure === undefined && this.#finishing === undefined
  }

  /** Its file is closed, or only kept open for those who read it. */
  get isFinished(): boolean {
    return this.#isFinished
  }

  /** Whether what ends there has been lost. */
  hasLost(end: number): boolean {
    return this.#failure !== undefined && this.#durable < end
  }

  /** Returns where they begin. The pieces must not change until they are written. */
  append(pieces: readonly Uint8Array[], bytes: number): number {
    assert(this.isOpen, 'a pack that is finished or given up takes nothing more')
    const position = this.#end
    for (const piece of pieces) this.#waiting.push(piece)
    this.#end += bytes
    this.#writing ??= this.#writeSome()
    return position
  }

  /** Like `durable` it rejects only when the room that the lost part took was given back: others may need it. */
  async written(end: number): Promise<void> {
    try {
      await this.#untilWritten(end)
    } catch (error) {
      await this.finish()
      throw error
    }
  }

  /** All who wait when a sync begins, and whose bytes are written by then, share it. */
  async durable(end: number): Promise<void> {
    try {
      await this.#untilDurable(end)
    } catch (error) {
      await this.finish()
      throw error
    }
  }

  /** Takes nothing more; everything is written and made durable, and its file is left to the readers. */
  finish(): Promise<void> {
    this.#finishing ??= this.#finish()
    return this.#finishing
  }

  async #untilWritten(end: number): Promise<void> {
    while (this.#written < end) {
      this.#check()
      assert(this.#writing !== undefined, 'what waits is being written')
      await this.#writing
    }
  }

  async #untilDurable(end: number): Promise<void> {
    while (this.#durable < end) {
      this.#check()
      this.#syncing ??= this.#sync()
      await this.#syncing
    }
  }

  async #finish(): Promise<void> {
    // What was never written to has no file.
    if (this.#file === undefined && this.#writing === undefined) this.#isFinished = true
    if (this.#isFinished) return
    await this.#untilDurable(this.#end).catch(() => {}) // Those who need it hear of it.
    if (this.#failure === undefined) await this.#options.files.release(this.id, { close: false })
    else await this.#giveUp()
    this.#isFinished = true
  }

  /** One write; the next one begins as soon as it ends. */
  async #writeSome(): Promise<void> {
    try {
      this.#file ??= await this.#options.files.create(this.id)
      const { pieces, bytes } = this.#take()
      await this.#file.write(this.#written, pieces)
      this.#written += bytes
    } catch (error) {
      this.#fail(error)
    }
    this.#writing = this.#failure === undefined && this.#waiting.length > 0 ? this.#writeSome() : undefined
  }

  #take(): { readonly pieces: readonly Uint8Array[]; readonly bytes: number } {
    let bytes = 0
    let count = 0
    for (const piece of this.#waiting) {
      if (count > 0 && bytes + piece.length > this.#options.writeBytesMax) break
      bytes += piece.length
      count++
    }
    const pieces = this.#waiting.slice(0, count)
    this.#waiting = this.#waiting.slice(count)
    return { pieces, bytes }
  }

  async #sync(): Promise<void> {
    try {
      await this.#untilWritten(this.#end)
      const covered = this.#written
      await this.#file?.sync()
      this.#durable = covered
    } catch (error) {
      this.#fail(error)
    }
    this.#syncing = undefined
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  #fail(error: unknown): void {
    if (this.#failure !== undefined) return
    this.#failure = { error }
    this.#waiting = []
    this.#options.logger.warn({ pack: this.id, err: error }, 'a pack was given up because it could not be written')
    void this.finish()
  }

  /** Gives back the room that the lost part takes, as far as that can be done. */
  async #giveUp(): Promise<void> {
    const { files, logger } = this.#options
    // A sync that was under way when a write failed may still make bytes durable, for somebody who is told so.
    await this.#syncing
    await this.#writing
    try {
      if (this.#file === undefined) return
      if (this.#durable > 0) await this.#file.truncate(this.#durable).catch(() => {})
      await files.release(this.id, { close: true })
      if (this.#durable === 0) await files.remove(this.id)
    } catch (error) {
      logger.warn({ pack: this.id, err: error }, 'what is left of a pack that was given up stays for the collection')
    }
  }
}
