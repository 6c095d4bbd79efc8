import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import type { FileUpload } from '../ports.ts'
import { shelfLimits } from './limits.ts'
import { checkPlace, PinnedEntry, shown } from './node-pinned-entry.ts'
import { splitPath, type ShelfFolders } from './shelf-path.ts'

/** Permissions alone: who may write a file does not make it one that runs as somebody else. */
const permissions = 0o777

/** Puts a file into a folder that really lies in one of the folders, wholly or not at all. */
export async function writeWhole(
  path: string,
  folders: ShelfFolders,
  bytes: Uint8Array,
  options: { readonly replaces: boolean },
): Promise<void> {
  await using file = await StagedFile.begin(path, folders, options)
  await file.append(bytes)
  await file.commit()
}

/**
 * A file under another name, beside the one that it will have: whole and durable first, then under its own. Owner,
 * group and permissions of one that is replaced are kept; further attributes are not.
 */
export class StagedFile implements FileUpload {
  readonly #path: string
  readonly #name: string
  readonly #folders: ShelfFolders
  readonly #replaces: boolean
  readonly #folder: PinnedEntry
  readonly #temporary: string
  readonly #handle: FileHandle
  #isOver = false

  static async begin(
    path: string,
    folders: ShelfFolders,
    { replaces }: { readonly replaces: boolean },
  ): Promise<StagedFile> {
    const { folder: parent, name } = splitPath(path)
    if (name === '' || folders.allowed.includes(path))
      throw new FlotillaError('wrong-arguments', `${shown(path)} is a folder`)
    if (Buffer.byteLength(name) > shelfLimits.nameBytesMax) {
      throw new FlotillaError('wrong-arguments', `${shown(name)} is too long a name`)
    }
    await using stack = new AsyncDisposableStack()
    const folder = stack.use(await PinnedEntry.pin(parent, folders))
    if (!folder.facts.isDirectory()) throw new FlotillaError('not-found', `${shown(parent)} is no folder`)
    const temporary = `${folder.path}/.flotilla-${randomBytes(8).toString('hex')}~`
    await checkPlace(path, `${folder.place}/${name}`, folders)
    await replaced(path, `${folder.path}/${name}`, replaces)
    const handle = await open(temporary, newFile, shelfLimits.newFileMode)
    stack.move()
    return new StagedFile({ path, name, folders, replaces, folder, temporary, handle })
  }

  private constructor(parts: {
    readonly path: string
    readonly name: string
    readonly folders: ShelfFolders
    readonly replaces: boolean
    readonly folder: PinnedEntry
    readonly temporary: string
    readonly handle: FileHandle
  }) {
    this.#path = parts.path
    this.#name = parts.name
    this.#folders = parts.folders
    this.#replaces = parts.replaces
    this.#folder = parts.folder
    this.#temporary = parts.temporary
    this.#handle = parts.handle
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await this.#handle.write(bytes, at)
      at += bytesWritten
    }
  }

  async commit(): Promise<void> {
    const target = `${this.#folder.path}/${this.#name}`
    // Both may be others by now than when it began.
    await checkPlace(this.#path, `${await this.#folder.placeNow()}/${this.#name}`, this.#folders)
    const before = await replaced(this.#path, target, this.#replaces)
    if (before !== undefined) {
      await this.#handle.chown(before.uid, before.gid)
      await this.#handle.chmod(before.mode & permissions)
    }
    await this.#handle.sync()
    await putInPlace(this.#temporary, target, this.#replaces)
    this.#isOver = true
    await using opened = await open(this.#folder.path, constants.O_RDONLY | constants.O_DIRECTORY)
    await opened.sync()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
    // It may not be there; if it is, its name says whose it was.
    if (!this.#isOver) await unlink(this.#temporary).catch(() => {})
    await this.#folder[Symbol.asyncDispose]()
  }
}

const newFile = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW

/** What a file at that place replaces; undefined where there is none. Rejects where it must not. */
async function replaced(path: string, target: string, replaces: boolean): Promise<Stats | undefined> {
  const before = await factsOf(target)
  if (before !== undefined && !replaces) throw new FlotillaError('exists', `${shown(path)} is there already`)
  if (before?.isDirectory() === true) throw new FlotillaError('wrong-arguments', `${shown(path)} is a folder`)
  if (before !== undefined && !before.isFile()) {
    throw new FlotillaError('not-permitted', `${shown(path)} is no plain file`)
  }
  return before
}

/** A new name must not take the place of a file that came meanwhile, which renaming would do. */
async function putInPlace(temporary: string, target: string, replaces: boolean): Promise<void> {
  if (replaces) return rename(temporary, target)
  await link(temporary, target)
  await unlink(temporary)
}

async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
