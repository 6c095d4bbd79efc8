import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { FlotillaError } from '../errors/index.ts'
import { errnoOf, fileMode, toDiskError, type FileSystem } from './node-file-system.ts'

/** `~` cannot stand in a `DiskPath`, so neither file can be listed or opened as one of the disk's own. */
const lockName = 'lock~'
const ownerName = 'owner~'
const sqliteBusy = 5

/**
 * Makes this process the only owner of a folder, until the lock is disposed of or the process ends in whatever way.
 *
 * Node has no `flock`, but it carries SQLite, and an open exclusive transaction is a lock of the kernel's (`fcntl`): it
 * cannot be left behind by `kill -9`, there is no moment at which two processes take over the same stale lock, and it
 * holds across containers that share the folder, where process ids would mislead. SQLite also keeps a second disk in
 * this same process out. Opening it is the one synchronous call here: it touches one empty file and never waits.
 *
 * What it does not do: somebody who removes the lock file lets a second owner in; so does this process, if other code
 * in it opens and closes that file (closing any descriptor of a file gives up all of a process's locks on it). A file
 * system without locks (some network ones) refuses with `io-failed`. The owner's id stands in a file of its own,
 * written just after the lock was taken: in that short moment, one who is refused reads the id of the owner before, or
 * none.
 */
export async function lockFolder(files: FileSystem, folder: string): Promise<Disposable> {
  const path = join(folder, lockName)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    // A journal in memory: nothing is ever written, and there is no second file.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    // By its path, never through a descriptor: closing one would release every lock that this process has on the file.
    await files.chmod(path, fileMode)
    // Only a courtesy to the one who is refused: a full disk must not keep the owner out.
    await writeOwner(files, folder).catch(() => {})
  } catch (error) {
    database?.close()
    if (!isBusy(error)) throw toDiskError(error, path)
    const owner = await readOwner(files, folder)
    throw new FlotillaError('in-use', `${folder} is in use by ${owner}`, {
      hint: 'stop that process, or choose another folder',
      cause: error,
    })
  }
  return { [Symbol.dispose]: () => database.close() }
}

function isBusy(error: unknown): boolean {
  return errnoOf(error) === 'ERR_SQLITE_ERROR' && (error as { readonly errcode?: number }).errcode === sqliteBusy
}

async function writeOwner(files: FileSystem, folder: string): Promise<void> {
  const path = join(folder, ownerName)
  await files.unlink(path).catch((error: unknown) => {
    if (errnoOf(error) !== 'ENOENT') throw error
  })
  const handle = await files.open(path, 'wx', fileMode)
  try {
    await handle.write(`${process.pid}\n`)
  } finally {
    await handle.close()
  }
}

async function readOwner(files: FileSystem, folder: string): Promise<string> {
  try {
    const handle = await files.open(join(folder, ownerName), 'r')
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(16), 0, 16, 0)
      const pid = Number.parseInt(buffer.toString('latin1', 0, bytesRead), 10)
      return pid > 0 ? `process ${pid}` : 'another process'
    } finally {
      await handle.close()
    }
  } catch {
    return 'another process' // The name of the owner is a courtesy; that the folder is in use is what matters.
  }
}
