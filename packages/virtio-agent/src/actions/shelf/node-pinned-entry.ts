import { constants, type BigIntStats } from 'node:fs'
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { isWithin, outside, type ShelfFolders } from './shelf-path.ts'

/** Of Linux (0o10000000); Node does not name it. It holds an entry of the disk without opening what it is. */
const O_PATH = 0x20_0000

/**
 * Something on the disk that is held by itself, not by its name. Opening it has had no effect, whatever it is, and
 * nobody can put something else in its place any more.
 */
export class PinnedEntry implements AsyncDisposable {
  readonly #handle: FileHandle
  readonly facts: BigIntStats
  /** Where it really lay when it was pinned. */
  readonly place: string

  private constructor(handle: FileHandle, facts: BigIntStats, place: string) {
    this.#handle = handle
    this.facts = facts
    this.place = place
  }

  /**
   * Pins what stands at `path`, and refuses it if it really lies outside of the folders, wherever links on the way have
   * led. A link itself is refused.
   */
  static async pin(path: string, folders: ShelfFolders): Promise<PinnedEntry> {
    const handle = await open(path, O_PATH | constants.O_NOFOLLOW).catch((error: unknown) => {
      throw shelfError(path, error)
    })
    try {
      const facts = await handle.stat({ bigint: true })
      const pinned = new PinnedEntry(handle, facts, await readlink(placeOf(handle)))
      await checkPlace(path, pinned.place, folders)
      if (facts.isSymbolicLink()) throw new FlotillaError('not-permitted', `${shown(path)} is a link`)
      return pinned
    } catch (error) {
      await handle.close()
      throw shelfError(path, error)
    }
  }

  /** A path of this very entry, whatever it is called by now. */
  get path(): string {
    return placeOf(this.#handle)
  }

  /** Where it really lies now. */
  placeNow(): Promise<string> {
    return readlink(placeOf(this.#handle))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

function placeOf({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`
}

/** Refuses what really lies elsewhere than `path` pretends. */
export async function checkPlace(path: string, place: string, { allowed, never }: ShelfFolders): Promise<void> {
  // The configuration may name a folder by a link; who writes the configuration may do that.
  const holds = async (folder: string): Promise<boolean> => {
    const real = await realpath(folder).catch(() => undefined)
    return real !== undefined && isWithin(place, real)
  }
  const areWithin = (folders: readonly string[]): Promise<boolean[]> => Promise.all(folders.map(holds))
  const isAllowed = (await areWithin(allowed)).includes(true)
  // One that is a link must not be replaced either, wherever it leads.
  const isNever = never.some((entry) => isWithin(place, entry)) || (await areWithin(never)).includes(true)
  if (!isAllowed || isNever) throw outside(path)
}

/** What the host is told of an error of the system's. */
export function shelfError(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (error instanceof FlotillaError || typeof code !== 'string') return error
  const told = (kind: string, what: string): FlotillaError =>
    new FlotillaError(kind, `${shown(path)} ${what}`, { cause: error })
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return told('not-found', 'is not there')
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return told('not-permitted', 'may not be used by the agent, or cannot be changed')
    case 'ELOOP':
      return told('not-permitted', 'is a link')
    case 'EEXIST':
      return told('exists', 'is there already')
    case 'EISDIR':
      return told('wrong-arguments', 'is a folder')
    case 'ENAMETOOLONG':
      return told('wrong-arguments', 'is too long a path')
    default:
      return told('failed', `could not be used: ${code}`)
  }
}

export function shown(path: string): string {
  return JSON.stringify(path.slice(0, 256))
}
