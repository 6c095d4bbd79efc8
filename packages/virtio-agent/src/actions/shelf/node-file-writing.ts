import { randomBytes } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { link, lstat, open, rename, unlink } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { shelfLimits } from './limits.ts'
import { checkPlace, PinnedEntry, shown } from './node-pinned-entry.ts'
import { splitPath, type ShelfFolders } from './shelf-path.ts'

/** Permissions alone: who may write a file does not make it one that runs as somebody else. */
const permissions = 0o777

/**
 * Puts a file into a folder that really lies in one of the folders: under another name first, whole and durable, then
 * under its own. Owner, group and permissions of one that is replaced are kept; further attributes are not.
 */
export async function writeWhole(
  path: string,
  folders: ShelfFolders,
  bytes: Uint8Array,
  { replaces }: { readonly replaces: boolean },
): Promise<void> {
  const { folder: parent, name } = splitPath(path)
  if (name === '' || folders.allowed.includes(path))
    throw new FlotillaError('wrong-arguments', `${shown(path)} is a folder`)
  if (Buffer.byteLength(name) > shelfLimits.nameBytesMax) {
    throw new FlotillaError('wrong-arguments', `${shown(name)} is too long a name`)
  }
  await using folder = await PinnedEntry.pin(parent, folders)
  if (!folder.facts.isDirectory()) throw new FlotillaError('not-found', `${shown(parent)} is no folder`)
  await checkPlace(path, `${folder.place}/${name}`, folders)
  const target = `${folder.path}/${name}`
  const before = await factsOf(target)
  if (before !== undefined && !replaces) throw new FlotillaError('exists', `${shown(path)} is there already`)
  if (before?.isDirectory() === true) throw new FlotillaError('wrong-arguments', `${shown(path)} is a folder`)
  if (before !== undefined && !before.isFile()) {
    throw new FlotillaError('not-permitted', `${shown(path)} is no plain file`)
  }
  const temporary = `${folder.path}/.flotilla-${randomBytes(8).toString('hex')}~`
  try {
    await writeNew(temporary, bytes, before)
    await putInPlace(temporary, target, replaces)
  } catch (error) {
    await unlink(temporary).catch(() => {}) // It may not be there; if it is, its name says whose it was.
    throw error
  }
  await using opened = await open(folder.path, constants.O_RDONLY | constants.O_DIRECTORY)
  await opened.sync()
}

/** A new name must not take the place of a file that came meanwhile, which renaming would do. */
async function putInPlace(temporary: string, target: string, replaces: boolean): Promise<void> {
  if (replaces) return rename(temporary, target)
  await link(temporary, target)
  await unlink(temporary)
}

async function writeNew(path: string, bytes: Uint8Array, before: Stats | undefined): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  await using handle = await open(path, flags, shelfLimits.newFileMode)
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at)
    at += bytesWritten
  }
  if (before !== undefined) {
    await handle.chown(before.uid, before.gid)
    await handle.chmod(before.mode & permissions)
  }
  await handle.sync()
}

async function factsOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
