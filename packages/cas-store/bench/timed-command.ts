import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'

export interface CommandTimes {
  readonly wallMs: number
  /** Of the command and all that it has started. */
  readonly processorMs: number
}

/** Runs a command to its end by the shell's own stopwatch. Rejects if it fails. */
export async function timedCommand(
  command: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<CommandTimes> {
  const script = 'TIMEFORMAT="%3R %3U %3S"; time "$@"'
  const child = spawn('bash', ['-c', script, 'timed', ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${command.slice(0, 2).join(' ')} failed (${code}): ${said.slice(0, 1_000)}`)
  const [wall = NaN, user = NaN, system = NaN] = (said.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number)
  return { wallMs: wall * 1_000, processorMs: (user + system) * 1_000 }
}

/** The first line of what it prints, or undefined where there is no such program. */
export function firstLineOf(command: string, ...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, words, { encoding: 'utf8' })
  return status === 0 ? stdout.split('\n')[0] : undefined
}
