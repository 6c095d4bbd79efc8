import { diskError } from '../../disk/disk-error.ts'
import type { Disk, DiskFile, DiskPath, OpenFileOptions } from '../../disk/index.ts'
import { PathTurns } from '../../disk/path-turns.ts'
import { assert } from '../../errors/index.ts'
import type { Prng } from '../../random/index.ts'
import { CrashableBytes } from './crashable-bytes.ts'
import type { DiskFailure, DiskFaults, DiskOperation } from './disk-faults.ts'
import { MemoryFile, type FileHost, type StoredFile } from './memory-file.ts'

interface MemoryDiskLifeOptions {
  readonly files: Map<DiskPath, StoredFile>
  /** Every folder that there ever was; like real ones, they stay when they are empty. */
  readonly folders: Set<string>
  readonly faults: DiskFaults
  room(): number
  ended(): void
}

/** The disk as one process sees it, until that process ends. */
export class MemoryDiskLife implements Disk {
  readonly #options: MemoryDiskLifeOptions
  readonly #turns = new PathTurns()
  readonly #open = new Map<DiskPath, DiskFile>()
  /** What is in flight, in order of beginning; each is told when the process dies. */
  readonly #inFlight = new Set<(prng: Prng) => void>()
  #closing = false
  #dead = false

  constructor(options: MemoryDiskLifeOptions) {
    this.#options = options
  }

  open(path: DiskPath, options: OpenFileOptions = {}): Promise<DiskFile> {
    const { files } = this.#options
    return this.#inTurn('open', [path], 0, () => {
      this.#checkPlace(path)
      const stored = files.get(path) ?? { content: new CrashableBytes(), nameDurable: false }
      if (!files.has(path)) {
        if (!options.create) throw diskError('not-found', path)
        this.#put(path, stored)
      }
      const file = new MemoryFile(path, stored, this.#hostOf(path), options.durable ?? false)
      this.#open.set(path, file)
      return file
    })
  }

  read(path: DiskPath): Promise<Uint8Array | undefined> {
    return this.#inTurn('get', [path], 0, () => {
      this.#checkPlace(path)
      const content = this.#options.files.get(path)?.content
      return content?.read(0, content.size)
    })
  }

  replace(path: DiskPath, bytes: Uint8Array): Promise<void> {
    const content = new CrashableBytes()
    content.write(0, bytes)
    content.makeDurable(content.changes)
    return this.#inTurn(
      'replace',
      [path],
      bytes.length,
      () => {
        this.#checkPlace(path)
        if (bytes.length > this.#options.room()) throw diskError('disk-full', path)
      },
      () => this.#put(path, { content, nameDurable: true }),
    )
  }

  rename(from: DiskPath, to: DiskPath): Promise<void> {
    const { files } = this.#options
    return this.#inTurn(
      'rename',
      [to, from],
      0,
      () => {
        this.#checkPlace(from)
        this.#checkPlace(to)
        if (!files.has(from)) throw diskError('not-found', from)
      },
      () => {
        const stored = files.get(from)
        assert(stored !== undefined, 'what is renamed was found')
        stored.nameDurable = true
        files.delete(from)
        this.#put(to, stored)
      },
    )
  }

  remove(path: DiskPath): Promise<void> {
    return this.#inTurn(
      'remove',
      [path],
      0,
      () => this.#checkPlace(path),
      () => void this.#options.files.delete(path),
    )
  }

  list(folder: DiskPath | ''): Promise<readonly DiskPath[]> {
    return this.perform({ type: 'list', path: folder, position: 0, bytes: 0 }, (failure) => {
      if (failure) throw diskError(failure.code, folder)
      const inside = (path: DiskPath): boolean => folderOf(path) === folder
      return [...this.#options.files.keys()].filter(inside).toSorted((one, other) => (one < other ? -1 : 1))
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing || this.#dead) return
    this.#closing = true
    await this.#turns.idle()
    for (const file of this.#open.values()) await file[Symbol.asyncDispose]()
    this.#dead = true
    this.#options.ended()
  }

  /** The process is gone. What was in flight happened, or did not, or in part; nobody hears of it. */
  die(prng: Prng): void {
    this.#dead = true
    for (const interrupt of this.#inFlight) interrupt(prng)
    this.#inFlight.clear()
  }

  perform<Result>(
    operation: DiskOperation,
    effect: (failure?: DiskFailure) => Result,
    interrupted?: (prng: Prng) => void,
  ): Promise<Result> {
    if (this.#dead) return Promise.reject(diskError('closed', operation.path))
    return this.#begin(operation, effect, interrupted)
  }

  #begin<Result>(
    operation: DiskOperation,
    effect: (failure?: DiskFailure) => Result,
    interrupted: (prng: Prng) => void = () => {},
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#dead) return // Its process was there when it called, and died while it waited for its turn.
      let finished = false
      const interrupt = (prng: Prng): void => interrupted(prng)
      this.#inFlight.add(interrupt)
      this.#options.faults.begin(operation, (failure) => {
        assert(!finished, 'a disk operation finishes once')
        finished = true
        if (!this.#inFlight.delete(interrupt)) return
        try {
          resolve(effect(failure))
        } catch (error) {
          reject(error)
        }
      })
    })
  }

  #inTurn<Result>(
    type: DiskOperation['type'],
    paths: readonly [DiskPath, ...DiskPath[]],
    bytes: number,
    check: () => Result,
    happen: () => void = () => {},
  ): Promise<Result> {
    const [path] = paths
    if (this.#closing || this.#dead) return Promise.reject(diskError('closed', path))
    const checked = (): Result => {
      const open = paths.find((one) => this.#open.has(one))
      if (open !== undefined && type !== 'get') throw diskError('in-use', open)
      return check()
    }
    const effect = (failure?: DiskFailure): Result => {
      const result = failure === undefined || failure.happens ? checked() : undefined
      if (failure === undefined || failure.happens) happen()
      if (failure) throw diskError(failure.code, path)
      return result as Result
    }
    const interrupted = (prng: Prng): void => {
      if (!prng.chance(1, 2)) return
      try {
        checked()
        happen()
      } catch {
        // It could not have happened; the process that would have been told is gone.
      }
    }
    return this.#turns.take(paths, () => this.#begin({ type, path, position: 0, bytes }, effect, interrupted))
  }

  #hostOf(path: DiskPath): FileHost {
    return {
      perform: (operation, effect, interrupted) => this.perform(operation, effect, interrupted),
      room: () => this.#options.room(),
      isDead: () => this.#dead,
      closed: () => void this.#open.delete(path),
    }
  }

  #put(path: DiskPath, stored: StoredFile): void {
    this.#options.files.set(path, stored)
    for (let folder = folderOf(path); folder !== ''; folder = folderOf(folder)) this.#options.folders.add(folder)
  }

  /** A file's place is not a folder's, and the folders above it are not files. */
  #checkPlace(path: DiskPath): void {
    if (this.#options.folders.has(path)) throw diskError('wrong-path', path)
    for (let above = folderOf(path); above !== ''; above = folderOf(above)) {
      if (this.#options.files.has(above as DiskPath)) throw diskError('wrong-path', path)
    }
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}
