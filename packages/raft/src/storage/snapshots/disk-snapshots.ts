import { diskPath, type Disk, type DiskFile, type DiskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { GroupName, SnapshotMark } from '../../types.ts'
import { corrupt, storageClosed, wrongMark } from '../storage-error.ts'
import type { SnapshotStore, SnapshotWriter } from '../storage.ts'
import type { StorageLimits } from '../storage-limits.ts'
import { ContentWriter, readContent } from './snapshot-content.ts'
import {
  decodeSnapshotHeader,
  fileBytesOf,
  headerOf,
  isSameSnapshot,
  snapshotHeaderBytes,
  type SnapshotHeader,
} from './snapshot-format.ts'
import { checkMark, drawnSnapshotId } from './snapshot-id.ts'
import { SnapshotFile } from './snapshot-file.ts'

export const snapshotFolder: DiskPath = diskPath('raft/snapshots')

export interface DiskSnapshotsOptions {
  readonly disk: Disk
  readonly entropy: Entropy
  readonly limits: StorageLimits
  readonly logger: Logger
}

/** One file for each snapshot; it has its name when it is whole and durable, and `.part` behind it before. */
export class DiskSnapshots implements SnapshotStore {
  readonly #options: DiskSnapshotsOptions
  /** As many as there are snapshots that groups need, are read, or come just now. */
  readonly #files = new Map<string, SnapshotFile>()
  #closed = false
  /** Settles, without an error, when what had to go so far is gone. */
  #removing: Promise<void> = Promise.resolve()

  private constructor(options: DiskSnapshotsOptions) {
    this.#options = options
  }

  /** Removes what no group needs; `marks` are those that the log has. */
  static async open(
    options: DiskSnapshotsOptions,
    marks: ReadonlyMap<GroupName, SnapshotMark>,
  ): Promise<DiskSnapshots> {
    const store = new DiskSnapshots(options)
    const needed = new Map([...marks].map(([group, mark]) => [mark.id, headerOf(group, mark, mark.bytes)]))
    for (const path of await options.disk.list(snapshotFolder)) {
      const id = path.slice(snapshotFolder.length + 1)
      const header = needed.get(id) ?? (await store.#resumable(path, marks))
      if (header === undefined) await options.disk.remove(path)
      else store.#files.set(header.id, store.#fileOf(header, needed.has(id)))
    }
    return store
  }

  async create(group: GroupName, mark: Omit<SnapshotMark, 'bytes'>): Promise<SnapshotWriter> {
    this.#check()
    const id = mark.id === '' ? drawnSnapshotId(this.#options.entropy) : mark.id
    checkMark({ ...mark, id, bytes: 0 })
    return this.#writer(headerOf(group, { ...mark, id }), { ...mark, id, bytes: 0 })
  }

  async receive(group: GroupName, mark: SnapshotMark): Promise<SnapshotWriter> {
    this.#check()
    checkMark(mark)
    // One that is left half-way for this one is not gone on with.
    this.#drop((file) => file.header.group === group && file.isIdlePart && file.header.id !== mark.id)
    return this.#writer(headerOf(group, mark, mark.bytes), mark)
  }

  async *read(group: GroupName, mark: SnapshotMark, position = 0): AsyncGenerator<Uint8Array, void, undefined> {
    this.#check()
    const known = this.#files.get(mark.id)
    if (known === undefined || !known.isComplete || known.header.group !== group) {
      throw new FlotillaError('not-found', `there is no snapshot ${mark.id} of ${group} on this disk`, {
        hint: 'take the latest snapshot of the group',
      })
    }
    const file = await known.use()
    try {
      await checkWhole(file, known.path, headerOf(group, mark, mark.bytes))
      for await (const bytes of readContent(file, known.path, mark.id, mark.bytes, position)) {
        yield bytes
        this.#check()
      }
    } finally {
      await known.release()
      this.#sweep()
    }
  }

  bytes(): number {
    let bytes = 0
    for (const file of this.#files.values()) bytes += file.bytes
    return bytes
  }

  /** The group's snapshot is this one now, durably; undefined when the group is gone. */
  marked(group: GroupName, mark: SnapshotMark | undefined): void {
    this.#drop(({ header }) => {
      if (header.group !== group) return false
      return mark === undefined || (header.id !== mark.id && header.index <= mark.index)
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#removing
    for (const file of this.#files.values()) await file.close()
  }

  async #resumable(path: DiskPath, marks: ReadonlyMap<GroupName, SnapshotMark>): Promise<SnapshotHeader | undefined> {
    if (!path.endsWith('.part')) return undefined
    const file = await this.#options.disk.open(path)
    try {
      const header = decodeSnapshotHeader(await file.read(0, snapshotHeaderBytes), path)
      const mark = marks.get(header.group)
      const isReceived = header.bytes !== undefined && this.#partPath(header.id) === path
      return isReceived && mark !== undefined && header.index > mark.index ? header : undefined
    } catch (error) {
      if (!(error instanceof FlotillaError) || error.code !== 'corrupt') throw error
      return undefined // Nothing counts on it: it comes anew.
    } finally {
      await file[Symbol.asyncDispose]()
    }
  }

  async #writer(header: SnapshotHeader, mark: SnapshotMark): Promise<SnapshotWriter> {
    const known = this.#files.get(header.id)
    if (known?.isComplete) {
      if (isSameSnapshot(known.header, header)) return alreadyThere(mark)
      throw wrongMark('another one has its id')
    }
    const file = known ?? this.#fileOf(header, false)
    this.#files.set(header.id, file)
    const content = new ContentWriter(await file.use(), header.id, this.#options.limits.snapshotSyncBytes)
    try {
      // The known one may be another's that has the same id: then it begins anew, too.
      if (known !== undefined && isSameSnapshot(known.header, header)) await content.resume(header)
      else await content.begin(header)
    } catch (error) {
      await this.#leave(file)
      throw error
    }
    return this.#writing(file, content, header, mark)
  }

  #writing(file: SnapshotFile, content: ContentWriter, header: SnapshotHeader, mark: SnapshotMark): SnapshotWriter {
    const { bytes: expected } = header
    /** Settles when the calls so far are over: they take turns, and disposing waits for all of them. */
    let last: Promise<unknown> = Promise.resolve()
    let isOver = false
    const inTurn = <Result>(work: () => Promise<Result>): Promise<Result> => {
      const turn = last.then(() => {
        this.#check()
        return work()
      })
      last = turn.catch(() => {}) // Its caller hears of it.
      return turn
    }
    return {
      get position() {
        return content.position
      },
      write: (bytes) =>
        inTurn(async () => {
          if (expected !== undefined && content.position + bytes.length > expected) {
            throw wrongMark('more comes than its mark says')
          }
          await content.write(bytes)
        }),
      finish: () =>
        inTurn(async () => {
          const { position } = content
          if (expected !== undefined && position !== expected) throw wrongMark('less has come than its mark says')
          await content.finish()
          await file.complete()
          isOver = true
          this.#sweep()
          return { ...mark, bytes: position }
        }),
      [Symbol.asyncDispose]: async () => {
        await last
        if (isOver) return
        isOver = true
        await this.#leave(file)
      },
    }
  }

  /** What is received stays to be gone on with; what was created goes. */
  async #leave(file: SnapshotFile): Promise<void> {
    await file.release()
    if (file.header.bytes === undefined) file.isUnneeded = true
    this.#sweep()
    if (!this.#closed) await this.#removing
  }

  #fileOf(header: SnapshotHeader, isComplete: boolean): SnapshotFile {
    const paths = { whole: diskPath(`${snapshotFolder}/${header.id}`), part: this.#partPath(header.id) }
    return new SnapshotFile(this.#options.disk, header, paths, isComplete)
  }

  #partPath(id: string): DiskPath {
    return diskPath(`${snapshotFolder}/${id}.part`)
  }

  #drop(isUnneeded: (file: SnapshotFile) => boolean): void {
    for (const file of this.#files.values()) if (isUnneeded(file)) file.isUnneeded = true
    this.#sweep()
  }

  /** Removes what nobody needs or uses. */
  #sweep(): void {
    if (this.#closed) return
    for (const [id, file] of this.#files) {
      if (!file.isUnneeded || file.isUsed) continue
      this.#files.delete(id)
      this.#removing = this.#removeAfter(this.#removing, file.path)
    }
  }

  async #removeAfter(earlier: Promise<void>, path: DiskPath): Promise<void> {
    await earlier
    try {
      await this.#options.disk.remove(path)
    } catch (error) {
      // Nothing depends on it; the next opening tries again.
      this.#options.logger.warn({ err: error, path }, 'an old snapshot could not be removed')
    }
  }

  #check(): void {
    if (this.#closed) throw storageClosed()
  }
}

async function checkWhole(file: DiskFile, path: DiskPath, expected: SnapshotHeader): Promise<void> {
  const header = decodeSnapshotHeader(await file.read(0, snapshotHeaderBytes), path)
  if (!isSameSnapshot(header, expected)) throw corrupt(path, 0, 'it is another snapshot than its name says')
  const bytes = fileBytesOf(expected.bytes ?? 0)
  if (file.size !== bytes) throw corrupt(path, file.size, `it has ${file.size} bytes and was written with ${bytes}`)
}

function alreadyThere(mark: SnapshotMark): SnapshotWriter {
  return {
    position: mark.bytes,
    write: () => Promise.reject(wrongMark('more comes than its mark says')),
    finish: () => Promise.resolve(mark),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
