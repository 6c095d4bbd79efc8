import { existsSync } from 'node:fs'
import type { FileShelf } from '../ports.ts'
import { shelfLimits } from './limits.ts'
import { listedFolder } from './node-folder-listing.ts'
import { readPiece } from './node-file-reading.ts'
import { StagedFile, writeWhole } from './node-file-writing.ts'
import { shelfError } from './node-pinned-entry.ts'
import { shelfPath } from './shelf-path.ts'

export interface FileShelfOptions {
  /** Absolute paths of folders that may be read in. */
  readonly readable: readonly string[]
  /** And of those that may be written in, and read. */
  readonly writable: readonly string[]
  /** What is in none of them, whatever they say: the agent's own settings, keys and log. */
  readonly never?: readonly string[]
}

/** Undefined where there are no folders, and outside Linux, which alone has what makes it safe. */
export function openFileShelf({ readable, writable, never = [] }: FileShelfOptions): FileShelf | undefined {
  const all = [...readable, ...writable].slice(0, shelfLimits.foldersMax).map(withoutEnd)
  if (all.length === 0 || process.platform !== 'linux' || !existsSync('/proc/self/fd')) return undefined
  const forWriting = writable.map(withoutEnd)
  const mended = async <Result>(path: string, work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (error) {
      throw shelfError(path, error)
    }
  }
  return {
    isWritable: writable.length > 0,
    read: (path, range) => mended(path, () => readPiece(shelfPath(path, all), { allowed: all, never }, range)),
    write: (path, bytes, options) =>
      mended(path, () => writeWhole(shelfPath(path, forWriting), { allowed: forWriting, never }, bytes, options)),
    begin: (path, options) =>
      mended(path, async () => {
        const file = await StagedFile.begin(shelfPath(path, forWriting), { allowed: forWriting, never }, options)
        return {
          append: (bytes) => mended(path, () => file.append(bytes)),
          commit: () => mended(path, () => file.commit()),
          [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
        }
      }),
    list: (path, filesMax) => mended(path, () => listedFolder(shelfPath(path, all), { allowed: all, never }, filesMax)),
  }
}

function withoutEnd(folder: string): string {
  return folder.replace(/\/+$/, '') || '/'
}
