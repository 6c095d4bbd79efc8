import type { Disk, DiskFile } from '@flotilla/core/disk'
import { assert } from '@flotilla/core/errors'
import { blobError, codeOf } from '../store/errors.ts'
import type { PackId } from '../types.ts'
import { packPath } from './pack-folder.ts'

interface OpenPackFile {
  readonly opening: Promise<DiskFile>
  /** Reads under way, and one for as long as the pack is being written. */
  users: number
  /** Set when it is to be closed: whoever comes then waits for it, and opens the file anew, if it is still there. */
  closing: Promise<void> | undefined
  idle: (() => void) | undefined
}

/**
 * The files of packs, each opened once for whoever uses it, because the disk allows one opener; those used last are
 * kept open, at most `openFilesMax` besides those in use. How many are in use at once is for the callers to bound.
 */
export class PackFiles implements AsyncDisposable {
  readonly #disk: Disk
  readonly #openFilesMax: number
  /** The one used last is the last one. */
  readonly #open = new Map<PackId, OpenPackFile>()
  #isClosed = false

  constructor(options: { readonly disk: Disk; readonly openFilesMax: number }) {
    this.#disk = options.disk
    this.#openFilesMax = options.openFilesMax
  }

  /** Rejects with `not-found` when there is no such pack. */
  async use<Result>(pack: PackId, work: (file: DiskFile) => Promise<Result>): Promise<Result> {
    const entry = await this.#enter(pack, false)
    try {
      return await work(await entry.opening)
    } catch (error) {
      if (codeOf(error) !== 'poisoned') throw error
    } finally {
      this.#leave(entry)
    }
    // A sync has failed: what was durable before can be read all the same, once the file was closed.
    await this.#close(pack, entry)
    const another = await this.#enter(pack, false)
    try {
      return await work(await another.opening)
    } finally {
      this.#leave(another)
    }
  }

  /** Creates it, and keeps it open until `release`. */
  async create(pack: PackId): Promise<DiskFile> {
    const entry = await this.#enter(pack, true)
    try {
      return await entry.opening
    } catch (error) {
      this.#leave(entry)
      throw error
    }
  }

  /** What `create` has given is not written any more. With `close` its file is closed as soon as nobody reads it. */
  release(pack: PackId, options: { readonly close: boolean }): Promise<void> {
    const entry = this.#open.get(pack)
    assert(entry !== undefined, 'what is released was created')
    this.#leave(entry)
    return options.close ? this.#close(pack, entry) : Promise.resolve()
  }

  /** Waits for those who read it, and removes it from the disk. */
  async remove(pack: PackId): Promise<void> {
    for (let entry = this.#open.get(pack); entry !== undefined; entry = this.#open.get(pack)) {
      await this.#close(pack, entry)
    }
    if (this.#isClosed) throw blobError('closed', 'the chunk store is closed')
    const removing = this.#disk.remove(packPath(pack))
    const entry: OpenPackFile = {
      opening: Promise.reject(new Error('never used')),
      users: 0,
      closing: removing.finally(() => this.#open.delete(pack)),
      idle: undefined,
    }
    entry.opening.catch(() => {}) // Nobody gets to it: whoever enters waits for the end of the removal.
    this.#open.set(pack, entry)
    await entry.closing
  }

  /** Waits for those who read and write; whoever comes then is refused. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#open].map(([pack, entry]) => this.#close(pack, entry)))
  }

  async #enter(pack: PackId, create: boolean): Promise<OpenPackFile> {
    for (;;) {
      if (this.#isClosed) throw blobError('closed', 'the chunk store is closed')
      const entry = this.#open.get(pack) ?? this.#start(pack, create)
      if (entry.closing === undefined) {
        entry.users++
        this.#open.delete(pack)
        this.#open.set(pack, entry)
        return entry
      }
      await entry.closing.catch(() => {}) // Whoever closes or removes it hears of it.
    }
  }

  #start(pack: PackId, create: boolean): OpenPackFile {
    const opening = this.#disk.open(packPath(pack), { create })
    const entry: OpenPackFile = { opening, users: 0, closing: undefined, idle: undefined }
    this.#open.set(pack, entry)
    opening.catch(() => {
      if (this.#open.get(pack) === entry) this.#open.delete(pack)
    })
    return entry
  }

  #leave(entry: OpenPackFile): void {
    entry.users--
    assert(entry.users >= 0, 'a pack is left by those who entered')
    if (entry.users > 0) return
    entry.idle?.()
    let idle = 0
    for (const other of this.#open.values()) if (other.users === 0 && other.closing === undefined) idle++
    if (idle <= this.#openFilesMax) return
    for (const [oldest, other] of this.#open) {
      if (other.users > 0 || other.closing !== undefined) continue
      this.#close(oldest, other).catch(() => {}) // It was only read; whoever opens it next sees what is wrong.
      return
    }
  }

  #close(pack: PackId, entry: OpenPackFile): Promise<void> {
    entry.closing ??= this.#closeWhenIdle(pack, entry)
    return entry.closing
  }

  async #closeWhenIdle(pack: PackId, entry: OpenPackFile): Promise<void> {
    if (entry.users > 0) await new Promise<void>((resolve) => (entry.idle = resolve))
    try {
      const file = await entry.opening.catch(() => undefined) // Whoever wanted it has heard why it could not be had.
      await file?.[Symbol.asyncDispose]()
    } finally {
      if (this.#open.get(pack) === entry) this.#open.delete(pack)
    }
  }
}
