import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where a machine's own node is, unless somebody says otherwise. */
export const ownFolderUsual = '.flotilla/node'
/** Of the first node of a demonstration. */
export const demoNodeFolder = '.flotilla/demo/one'

/**
 * The folder of the node that commands mean where nobody names one: the machine's own, or that of a demonstration where
 * only the demonstration runs, or where there is nothing else. Both are below the current folder, or `here`.
 */
export function usualFolder(here: string = ''): string {
  const candidates = [ownFolderUsual, demoNodeFolder]
  const running = candidates.find((folder) => seemsToRun(join(here, folder)))
  return running ?? candidates.find((folder) => existsSync(join(here, folder))) ?? ownFolderUsual
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
