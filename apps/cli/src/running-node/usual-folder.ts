import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'

/** Where a machine's own node is, unless somebody says otherwise. */
export const ownFolderUsual = '.flotilla/node'
/** Of the first node of a demonstration. */
export const demoNodeFolder = '.flotilla/demo/one'

/**
 * The folder of the node that commands mean where nobody names one: the machine's own, or that of a demonstration where
 * only the demonstration runs, or where there is nothing else. Both are below the current folder, or `here`.
 * One that belongs to somebody else is not taken by itself: who works in a folder of others must not be led to a node
 * of theirs, which he would tell his passwords.
 */
export function usualFolder(here: string = '', user: number | undefined = process.getuid?.()): string {
  const all = [ownFolderUsual, demoNodeFolder]
  const candidates = all.filter((folder) => foreignPart(here, folder, user) === undefined)
  if (!candidates.some((folder) => existsSync(join(here, folder)))) requireOwn(here, all, user)
  const running = candidates.find((folder) => seemsToRun(join(here, folder)))
  return running ?? candidates.find((folder) => existsSync(join(here, folder))) ?? ownFolderUsual
}

/** The same for the folder of a node that is to be started there. */
export function ownUsualFolder(here: string = '', user: number | undefined = process.getuid?.()): string {
  requireOwn(here, [ownFolderUsual], user)
  return ownFolderUsual
}

function requireOwn(here: string, folders: readonly string[], user: number | undefined): void {
  const foreign = folders.map((folder) => foreignPart(here, folder, user)).find((part) => part !== undefined)
  if (foreign === undefined) return
  throw new FlotillaError('not-yours', `the folder ${foreign} belongs to somebody else`, {
    hint: 'name the data folder with --data if it is the one that you mean',
  })
}

/** The first folder on the way there that is another user's; undefined too where users have no numbers. */
function foreignPart(here: string, folder: string, user: number | undefined): string | undefined {
  if (user === undefined) return undefined
  const names = folder.split('/')
  const parts = names.map((_name, index) => join(here, ...names.slice(0, index + 1)))
  return parts.find((part) => {
    const found = lstatSync(part, { throwIfNoEntry: false })
    return found !== undefined && found.uid !== user
  })
}

/** By the process that the folder names: good enough to choose, and whoever is chosen is asked. */
function seemsToRun(folder: string): boolean {
  try {
    const said: unknown = JSON.parse(readFileSync(join(folder, 'access.json'), 'utf8'))
    const pid: unknown = typeof said === 'object' && said !== null && 'pid' in said ? said.pid : undefined
    return typeof pid === 'number' && pid > 0 && process.kill(pid, 0)
  } catch (error) {
    // A process of another user is one, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
