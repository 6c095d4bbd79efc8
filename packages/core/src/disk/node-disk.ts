import { dirname, join } from 'node:path'
import { diskError } from './disk-error.ts'
import { diskPath, type DiskPath } from './disk-path.ts'
import type { Disk, DiskFile, OpenFileOptions } from './disk.ts'
import { NodeFile, writeAll } from './node-file.ts'
import {
  durableFlag,
  errnoOf,
  fileMode,
  folderMode,
  openFlags,
  realFileSystem,
  syncFolder,
  toDiskError,
  type FileSystem,
} from './node-file-system.ts'
import { lockFolder } from './node-folder-lock.ts'
import { PathTurns } from './path-turns.ts'

/** What a `replace` writes before it is renamed; `~` cannot stand in a `DiskPath`. */
const temporaryName = /~\d+$/

/**
 * Real files below `folder`, which is made if it is missing and owned by this process until the disk is disposed of
 * (`in-use` where another owns it). Links below the folder are refused, not followed; that is checked name by name, so
 * it protects against what lies there, not against somebody who swaps a folder for a link at the same moment: whoever
 * can write in the folder, which is made for its owner alone, can do worse.
 */
export function nodeDisk(options: { readonly folder: string }): Promise<Disk> {
  return openNodeDisk(options.folder, realFileSystem)
}

export async function openNodeDisk(folder: string, files: FileSystem): Promise<Disk> {
  let lock: Disposable | undefined
  try {
    await makeTop(files, folder)
    const top = await files.realpath(folder)
    lock = await lockFolder(files, top)
    await removeTemporaries(files, top)
    return new NodeDisk(top, files, lock)
  } catch (error) {
    lock?.[Symbol.dispose]()
    throw toDiskError(error, folder)
  }
}

class NodeDisk implements Disk {
  readonly #top: string
  readonly #files: FileSystem
  readonly #lock: Disposable
  readonly #turns = new PathTurns()
  readonly #open = new Map<DiskPath, NodeFile>()
  /** Folders that are there, are no links, and whose names are durable; as many as the disk has. */
  readonly #ready = new Set<string>()
  #temporaries = 0
  #closing: Promise<void> | undefined

  constructor(top: string, files: FileSystem, lock: Disposable) {
    this.#top = top
    this.#files = files
    this.#lock = lock
  }

  open(path: DiskPath, options: OpenFileOptions = {}): Promise<DiskFile> {
    return this.#inTurn([path], async () => {
      const { create = false, durable = false } = options
      const full = await this.#locate(path, create)
      const flags = (create ? openFlags.createOrUse : openFlags.use) | (durable ? (durableFlag ?? 0) : 0)
      const handle = await this.#files.open(full, flags, fileMode)
      try {
        const stat = await handle.stat()
        if (!stat.isFile()) throw diskError('wrong-path', path)
        const file = new NodeFile({
          handle,
          subject: path,
          size: stat.size,
          durable,
          syncName: async () => syncFolder(this.#files, dirname(await this.#locate(path, true))),
          closed: () => this.#open.delete(path),
        })
        this.#open.set(path, file)
        return file
      } catch (error) {
        await handle.close()
        throw error
      }
    })
  }

  read(path: DiskPath): Promise<Uint8Array | undefined> {
    return this.#inTurn([path], () => this.#readWhole(path), { mayBeOpen: true })
  }

  replace(path: DiskPath, bytes: Uint8Array): Promise<void> {
    return this.#inTurn([path], async () => {
      const full = await this.#locate(path, true)
      const temporary = `${full}~${this.#temporaries++}`
      try {
        const handle = await this.#files.open(temporary, openFlags.createNew, fileMode)
        try {
          await writeAll(handle, 0, [bytes])
          await handle.datasync()
        } finally {
          await handle.close()
        }
        await this.#files.rename(temporary, full)
      } catch (error) {
        await this.#files.unlink(temporary).catch(() => {}) // If it stays, the next opening removes it.
        throw error
      }
      await syncFolder(this.#files, dirname(full))
    })
  }

  rename(from: DiskPath, to: DiskPath): Promise<void> {
    return this.#inTurn([from, to], async () => {
      const source = await this.#locate(from, false)
      if (!(await this.#files.lstat(source)).isFile()) throw diskError('wrong-path', from)
      const target = await this.#locate(to, true)
      await this.#files.rename(source, target)
      await syncFolder(this.#files, dirname(target))
      if (dirname(source) !== dirname(target)) await syncFolder(this.#files, dirname(source))
    })
  }

  remove(path: DiskPath): Promise<void> {
    return this.#inTurn([path], async () => {
      try {
        const full = await this.#locate(path, false)
        await this.#files.unlink(full).catch(ignore('ENOENT'))
        // Also when it was gone: an earlier removal may have failed just here.
        await syncFolder(this.#files, dirname(full))
      } catch (error) {
        ignore('ENOENT')(error)
      }
    })
  }

  list(folder: DiskPath | ''): Promise<readonly DiskPath[]> {
    return this.#inTurn([], async () => {
      try {
        const full = await this.#enter(folder === '' ? [] : folder.split('/'), false)
        const entries = await this.#files.readdir(full, { withFileTypes: true })
        const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name)
        return names.flatMap((name) => asPath(folder === '' ? name : `${folder}/${name}`)).toSorted(byCodeUnits)
      } catch (error) {
        ignore('ENOENT')(error)
        return []
      }
    })
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#turns.idle()
    const closed = await Promise.allSettled([...this.#open.values()].map((file) => file[Symbol.asyncDispose]()))
    this.#lock[Symbol.dispose]()
    for (const outcome of closed) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #inTurn<Result>(
    paths: readonly DiskPath[],
    work: () => Promise<Result>,
    options: { readonly mayBeOpen?: boolean } = {},
  ): Promise<Result> {
    const subject = paths.join(' or ') || this.#top
    if (this.#closing !== undefined) throw diskError('closed', this.#top)
    try {
      return await this.#turns.take(paths, async () => {
        const open = paths.find((path) => this.#open.has(path))
        if (open !== undefined && !options.mayBeOpen) throw diskError('in-use', open)
        return work()
      })
    } catch (error) {
      throw toDiskError(error, subject)
    }
  }

  async #locate(path: DiskPath, create: boolean): Promise<string> {
    const parts = path.split('/')
    return join(await this.#enter(parts.slice(0, -1), create), ...parts.slice(-1))
  }

  /** The real path of a folder that is there and is no link; with `create` it is made, and made durable, first. */
  async #enter(parts: readonly string[], create: boolean): Promise<string> {
    let folder = this.#top
    for (const part of parts) {
      const parent = folder
      folder = join(parent, part)
      if (this.#ready.has(folder)) continue
      if (create) await this.#files.mkdir(folder, folderMode).catch(ignore('EEXIST'))
      if (!(await this.#files.lstat(folder)).isDirectory()) throw diskError('wrong-path', parts.join('/'))
      if (!create) continue
      // Also when it was there: whoever made it may have died before its name was durable.
      await syncFolder(this.#files, parent)
      this.#ready.add(folder)
    }
    return folder
  }

  async #readWhole(path: DiskPath): Promise<Uint8Array | undefined> {
    try {
      const handle = await this.#files.open(await this.#locate(path, false), openFlags.read)
      try {
        if (!(await handle.stat()).isFile()) throw diskError('wrong-path', path)
        return new Uint8Array(await handle.readFile())
      } finally {
        await handle.close()
      }
    } catch (error) {
      ignore('ENOENT')(error)
      return undefined
    }
  }
}

/** Makes the disk's own folder, and every folder above it that was made for it durable in its parent. */
async function makeTop(files: FileSystem, folder: string): Promise<void> {
  const first = await files.mkdir(folder, { recursive: true, mode: folderMode })
  if (first === undefined) return
  const outermost = dirname(await files.realpath(first))
  for (let made = await files.realpath(folder); made !== outermost; made = dirname(made)) {
    await syncFolder(files, dirname(made))
  }
}

/** Removes what a `replace` that never ended has left, in every folder below. */
async function removeTemporaries(files: FileSystem, top: string): Promise<void> {
  const folders = [top]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await files.opendir(folder)) {
      if (entry.isDirectory()) folders.push(join(folder, entry.name))
      else if (entry.isFile() && temporaryName.test(entry.name)) await files.unlink(join(folder, entry.name))
    }
  }
}

/** Foreign files, and the disk's own that are not the user's, have names that are no paths; they are not listed. */
function asPath(text: string): DiskPath[] {
  try {
    return [diskPath(text)]
  } catch {
    return []
  }
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : 1
}

function ignore(errno: string): (error: unknown) => void {
  return (error) => {
    if (errnoOf(error) !== errno) throw error
  }
}
