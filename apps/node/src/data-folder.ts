import type { Stats } from 'node:fs'
import { chmod, lstat, mkdir, readdir, realpath, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeLimitsDefaults } from './limits.ts'

/** Where everything of one node lies. */
export interface DataFolder {
  readonly path: string
  /** Owned by one process at a time, through core's `Disk`; holds the identity. */
  readonly disk: string
  readonly database: string
  /** Says where the node answers and what opens it; there only while it runs. */
  readonly access: string
  /** The Unix socket on which it answers; undefined where the path is too long for one. */
  readonly socket: string | undefined
  /** The database was there already: this node has lived before. */
  readonly hasLived: boolean
}

const folderMode = 0o700
/** Rights of the group and of everyone else. */
const foreignRights = 0o077

/** Makes the folder, for its owner alone. One that holds something else, or belongs to another user, is refused. */
export async function prepareDataFolder(folder: string): Promise<DataFolder> {
  const asked = resolve(folder)
  try {
    await mkdir(asked, { recursive: true, mode: folderMode })
    const path = await realpath(asked)
    const [found, names] = await Promise.all([stat(path), readdir(path)])
    checkOwner(path, found)
    if (names.length > 0 && !names.includes('disk')) {
      throw wrongFolder(`${path} holds other things`, 'choose an empty folder, or one that does not exist yet')
    }
    if ((found.mode & foreignRights) !== 0) await chmod(path, folderMode)
    const database = join(path, 'node.sqlite')
    return {
      path,
      disk: join(path, 'disk'),
      database,
      access: join(path, 'access.json'),
      socket: socketIn(path),
      hasLived: await exists(database),
    }
  } catch (error) {
    if (error instanceof FlotillaError) throw error
    const said = error instanceof Error ? error.message : String(error)
    throw wrongFolder(`${asked} cannot be the data folder (${said})`, 'choose another one with --data', error)
  }
}

/** Windows has them elsewhere. */
function socketIn(folder: string): string | undefined {
  const path = join(folder, 'api.sock')
  const fits = Buffer.byteLength(path) <= nodeLimitsDefaults.socketPathBytesMax
  return fits && process.platform !== 'win32' ? path : undefined
}

function checkOwner(path: string, { uid }: Stats): void {
  const user = process.getuid?.()
  if (user === undefined || uid === user) return
  throw wrongFolder(`${path} belongs to another user`, 'start the node as that user, or choose another folder')
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

function wrongFolder(what: string, hint: string, cause?: unknown): FlotillaError {
  return new FlotillaError('wrong-data-folder', what, { hint, cause })
}
