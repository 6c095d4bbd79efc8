import { copyFile, mkdtemp, open, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const walHeaderBytes = 32

/**
 * A copy of a node's database with its write-ahead log, in a folder of its own that is removed on disposal. SQLite
 * itself, even when it only reads, writes beside a database in WAL mode (its index of the log, and marks for readers),
 * and takes locks that a node may have to wait for; so it never gets to see the original.
 */
export class DatabaseCopy implements AsyncDisposable {
  readonly path: string
  /** Nothing was written back into the database while it was copied, so that the copy shows one moment. */
  readonly isOfOneMoment: boolean
  readonly #folder: string

  private constructor(folder: string, path: string, isOfOneMoment: boolean) {
    this.#folder = folder
    this.path = path
    this.isOfOneMoment = isOfOneMoment
  }

  static async of(original: string): Promise<DatabaseCopy> {
    // For its owner alone, as `mkdtemp` makes it.
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-check-'))
    try {
      const path = join(folder, 'copy.sqlite')
      const before = await markOf(original)
      await copyFile(original, path)
      await copyIfThere(`${original}-wal`, `${path}-wal`)
      return new DatabaseCopy(folder, path, before === (await markOf(original)))
    } catch (error) {
      await rm(folder, { recursive: true, force: true })
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/**
 * Changes when the log is written back into the database, and when the log starts anew (its header holds a salt). That
 * the log grows changes nothing: SQLite stops reading a copy of it after the last whole commit.
 */
async function markOf(original: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(original, { bigint: true })
  return `${ino} ${size} ${mtimeNs} ${await walHeader(`${original}-wal`)}`
}

async function walHeader(path: string): Promise<string> {
  try {
    await using handle = await open(path, 'r')
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(walHeaderBytes), 0, walHeaderBytes, 0)
    return buffer.toString('hex', 0, bytesRead)
  } catch (error) {
    return ifMissing(error, '')
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to)
  } catch (error) {
    ifMissing(error, undefined)
  }
}

/** A database that was closed cleanly has no log. */
function ifMissing<Value>(error: unknown, value: Value): Value {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return value
  throw error
}
