import { spawnSync } from 'node:child_process'

/** The first line of what it prints, wherever it prints it; undefined where there is no such program. */
export function firstLineOf(program: string, ...words: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: 'utf8' })
  return status === 0 ? `${stdout}${stderr}`.split('\n')[0] : undefined
}
