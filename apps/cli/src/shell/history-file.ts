import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { cliLimitsDefaults } from '../limits.ts'

/** As the usual places for such files are said to be. */
export function historyPath(environment: Readonly<Record<string, string | undefined>>): string {
  const given = environment['XDG_STATE_HOME']
  const state = given?.startsWith('/') === true ? given : join(environment['HOME'] || homedir(), '.local', 'state')
  return join(state, 'flotilla', 'history')
}

/** What was written in shells before, for its owner alone, and never more than so much of it. */
export class HistoryFile {
  readonly #path: string
  /** The oldest first. */
  #lines: readonly string[]

  constructor(path: string) {
    this.#path = path
    this.#lines = bounded(linesOf(path))
  }

  /** The newest first. */
  get newest(): readonly string[] {
    return this.#lines.toReversed()
  }

  /** A line that begins with a blank, or holds a secret, is not kept. */
  add(line: string): void {
    if (!isKept(line) || line === this.#lines.at(-1)) return
    // Another shell may have added something since.
    this.#lines = bounded([...linesOf(this.#path), line])
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 })
      const partial = `${this.#path}.${process.pid}`
      writeFileSync(partial, this.#lines.map((each) => `${each}\n`).join(''), { mode: 0o600 })
      chmodSync(partial, 0o600)
      renameSync(partial, this.#path)
    } catch {
      // A shell without a memory is better than none.
    }
  }
}

/** Whether a line may be written down. */
export function isKept(line: string): boolean {
  const isSecret = /\bflj1[a-z0-9]{8}|--token\b|--password\b|passphrase/i.test(line)
  return line.trim() !== '' && !/^\s/.test(line) && !isSecret && line.length <= cliLimitsDefaults.shellLineLengthMax
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    return []
  }
}

function bounded(lines: readonly string[]): readonly string[] {
  return lines.slice(-cliLimitsDefaults.shellHistoryLinesMax)
}
