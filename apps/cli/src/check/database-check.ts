import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { cliLimitsDefaults } from '../limits.ts'
import { bytesText } from '@flotilla/core/text'
import { DatabaseCopy } from './database-copy.ts'
import type { Finding } from './finding.ts'

export interface LastRow {
  readonly life: number
  readonly type: string
  readonly wallMs: number
}

export interface DatabaseCheck {
  readonly finding: Finding
  /** Of the history; undefined where it has none, or cannot be read. */
  readonly last?: LastRow
}

const subject = 'database'
const { databaseBytesMax, databaseCopiesMax, databaseProblemsMax } = cliLimitsDefaults

export async function checkDatabase(folder: string): Promise<DatabaseCheck> {
  const path = join(folder, 'node.sqlite')
  try {
    const found = await lstat(path)
    if (!found.isFile()) return failed(`${path} is not a plain file`, 'put the database itself there')
    if (found.size > databaseBytesMax) {
      const what = `${path} has ${bytesText(found.size)}, too much to copy it aside and check the copy`
      return { finding: { subject, state: 'warning', what, hint: 'check a backup of it with sqlite3' } }
    }
    return await checkCopies(path)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') {
      const hint = 'the next start makes one; if this node has lived before, restore it from a backup first'
      return { finding: { subject, state: 'warning', what: `there is no ${path}`, hint } }
    }
    return failed(
      `${path} could not be checked (${message})`,
      'see that it can be read and that there is room to copy it',
    )
  }
}

/** A node may write while it is copied: what looks wrong is believed only when it looks so again. */
async function checkCopies(path: string): Promise<DatabaseCheck> {
  for (let copies = 1; ; copies++) {
    await using copy = await DatabaseCopy.of(path)
    const check = await checkCopy(copy.path)
    if (copy.isOfOneMoment && check.finding.state !== 'failed') return check
    if (copies < databaseCopiesMax) continue
    if (copy.isOfOneMoment) return check
    const what = `the node wrote to ${path} all the while, so it could not be checked`
    return { finding: { subject, state: 'warning', what, hint: 'try again, or stop the node first' } }
  }
}

async function checkCopy(path: string): Promise<DatabaseCheck> {
  // Only here, because the oldest Node that we run on prints a warning when it is loaded.
  const { DatabaseSync } = await import('node:sqlite')
  const hint = 'stop the node, keep what is there, and restore node.sqlite from a backup'
  try {
    using database = new DatabaseSync(path)
    const rows = database.prepare(`PRAGMA quick_check(${databaseProblemsMax})`).all()
    const problems = rows.map((row) => String(row['quick_check']))
    if (problems.length !== 1 || problems[0] !== 'ok') return failed(`it is damaged: ${problems.join('; ')}`, hint)
    if (database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'history'").get() === undefined) {
      const what = 'it holds no history, so no node has lived with it'
      return { finding: { subject, state: 'warning', what, hint: 'see that it is the right file' } }
    }
    const last = database.prepare('SELECT life, type, wall_ms FROM history ORDER BY id DESC LIMIT 1').get()
    const finding: Finding = { subject, state: 'ok', what: 'SQLite finds nothing wrong with node.sqlite' }
    return last === undefined ? { finding } : { finding, last: lastRowOf(last) }
  } catch (error) {
    return failed(`it is damaged (${error instanceof Error ? error.message : String(error)})`, hint)
  }
}

function lastRowOf(row: Readonly<Record<string, unknown>>): LastRow {
  return { life: Number(row['life']), type: String(row['type']), wallMs: Number(row['wall_ms']) }
}

function failed(what: string, hint: string): DatabaseCheck {
  return { finding: { subject, state: 'failed', what, hint } }
}
