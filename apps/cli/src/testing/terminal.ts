import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { setTimeout as pause } from 'node:timers/promises'

const run = promisify(execFile)
const program = fileURLToPath(new URL('../main.ts', import.meta.url))

/** What of a test's context is needed. */
interface Skips {
  readonly skip: (note?: string) => unknown
}

const shownMsMax = 20_000
const lookedAtEveryMs = 100

/** A terminal with a shell in it, as a person would have. */
export interface Terminal extends AsyncDisposable {
  /** What is on it. */
  readonly shown: () => Promise<string>
  /** Resolves when that is on it. */
  readonly shows: (what: string | RegExp) => Promise<void>
  /** As tmux names keys. */
  readonly press: (...keys: readonly string[]) => Promise<void>
  readonly type: (text: string) => Promise<void>
  readonly resize: (columns: number, rows: number) => Promise<void>
  /** A line for the shell that runs flotilla. */
  readonly flotilla: (words: string) => Promise<void>
}

/** Skips the test where there is no tmux. */
export async function terminal({ skip }: Skips, environment: Readonly<Record<string, string>>): Promise<Terminal> {
  await run('tmux', ['-V']).catch(() => skip('tmux is not installed'))
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-terminal-'))
  const tmux = (...args: readonly string[]) => {
    const { TMUX: _outer, ...inherited } = process.env
    return run('tmux', ['-S', join(folder, 'socket'), '-f', '/dev/null', ...args], {
      env: { ...inherited, ...environment, TERM: 'screen-256color', LC_ALL: 'C.UTF-8' },
    })
  }
  await tmux('new-session', '-d', '-x', '80', '-y', '24', 'sh')
  const shown = async (): Promise<string> => (await tmux('capture-pane', '-p')).stdout
  const shows = async (what: string | RegExp): Promise<void> => {
    const until = performance.now() + shownMsMax
    for (;;) {
      const text = await shown()
      if (typeof what === 'string' ? text.includes(what) : what.test(text)) return
      if (performance.now() > until) throw new Error(`${String(what)} did not come to be seen in:\n${text}`)
      await pause(lookedAtEveryMs)
    }
  }
  const type = async (text: string): Promise<void> => void (await tmux('send-keys', '-l', text))
  const press = async (...keys: readonly string[]): Promise<void> => void (await tmux('send-keys', ...keys))
  // So written that the line itself is not what is waited for.
  await type("PS1='rea''dy> '")
  await press('Enter')
  await shows('ready>')
  return {
    shown,
    shows,
    press,
    type,
    resize: async (columns, rows) => void (await tmux('resize-window', '-x', String(columns), '-y', String(rows))),
    async flotilla(words) {
      await type(`'${process.execPath}' '${program}' ${words}`)
      await press('Enter')
    },
    async [Symbol.asyncDispose]() {
      await tmux('kill-server').catch(() => {})
      await rm(folder, { recursive: true, force: true })
    },
  }
}
