import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { accessFileName } from '../running-node/access-file.ts'
import type { Finding } from './finding.ts'

const subject = 'rights'
/** Rights of the group and of everyone else. */
const foreignRights = 0o077
/** What others could harm the node with; those that are not there are passed over. */
const guarded = [
  '.',
  'disk',
  'disk/identity.key',
  'raft',
  accessFileName,
  'node.sqlite',
  'node.sqlite-wal',
  'node.sqlite-shm',
]

/** Whether anybody but the owner can get at the node's folder, key, token or data. */
export async function checkRights(folder: string): Promise<readonly Finding[]> {
  const user = process.getuid?.()
  if (user === undefined) {
    const what = 'this system keeps rights in another way, so they were not checked'
    return [{ subject, state: 'warning', what, hint: 'see yourself that only its user can open the folder' }]
  }
  const findings = await Promise.all(guarded.map((name) => checkOne(join(folder, name), user)))
  const wrong = findings.filter((finding) => finding !== undefined)
  if (wrong.length > 0) return wrong
  return [{ subject, state: 'ok', what: 'nobody but its user can open the folder, the key and the data' }]
}

async function checkOne(path: string, user: number): Promise<Finding | undefined> {
  try {
    const { mode, uid } = await lstat(path)
    if ((mode & foreignRights) !== 0) {
      const what = `${path} is open to other users (mode ${(mode & 0o777).toString(8)})`
      return {
        subject,
        state: 'failed',
        what,
        hint: `close it with: chmod go= '${path.replaceAll("'", String.raw`'\''`)}'`,
      }
    }
    if (uid === user) return undefined
    // As root one may look at the folder of any user; the node itself would refuse it.
    const what = `${path} belongs to another user (${uid}, and you are ${user})`
    return { subject, state: 'warning', what, hint: 'run the node, and this check, as the user that it belongs to' }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    return {
      subject,
      state: 'failed',
      what: `${path} cannot be looked at (${message})`,
      hint: 'be the user of the node',
    }
  }
}
