import { lstat, realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import { nodeClock } from '@flotilla/core/time/node'
import { checkDatabase } from './database-check.ts'
import type { Finding } from './finding.ts'
import { checkGroup } from './group-check.ts'
import { readKeyFile } from './key-file.ts'
import { checkClock, checkRoom } from './machine-check.ts'
import { checkRights } from './rights-check.ts'
import { checkRunning } from './running-check.ts'

/** Everything that can be said of a data folder from outside; writes nothing into it and takes none of its locks. */
export async function checkDataFolder(folder: string): Promise<readonly Finding[]> {
  const asked = resolve(folder)
  const subject = 'folder'
  let path: string
  try {
    path = await realpath(asked)
    if (!(await lstat(path)).isDirectory()) throw new Error('it is no folder')
  } catch (error) {
    const what = `${asked} cannot be opened (${error instanceof Error ? error.message : String(error)})`
    return [{ subject, state: 'failed', what, hint: 'name the data folder of a node with --data' }]
  }
  const key = await readKeyFile(path)
  const database = await checkDatabase(path)
  return [
    { subject, state: 'ok', what: path },
    ...(await checkRights(path)),
    key.type === 'key'
      ? { subject: 'key', state: 'ok', what: `it is that of ${key.id}` }
      : { subject: 'key', state: 'failed', what: key.what, hint: key.hint },
    database.finding,
    await checkRunning(path, { id: key.type === 'key' ? key.id : undefined, last: database.last }),
    ...(await checkGroup(path)),
    await checkRoom(path),
    checkClock(nodeClock().wallNow(), database.last),
  ]
}
