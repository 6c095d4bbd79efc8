import { parseWords, UsageError, wholeNumber } from '../command-line/usage.ts'

export interface CanaryOptions {
  /** Packages; empty for all that have a list. */
  readonly packages: readonly string[]
  /** Only the one of that name. */
  readonly only: string | undefined
  readonly seedsMax: number
  readonly jobs: number
  readonly write: boolean
}

export const usage = `Plants known bugs, one at a time, in a copy of the packages, and sees whether anybody finds them.

  pnpm canaries                  those of every package, and the table in docs/canaries.md
  pnpm canaries raft             those of one package
  pnpm canaries raft --only NAME one of them; the table stays as it is

  --only NAME   the canary of that name
  --seeds N     how many seeds a simulator suite may take for each (default 2000)
  --jobs J      worker threads of the simulator (default 2)
  --help        this text

The exit code is 0 when every bug was found, 1 when one was not, 2 when the command was wrong.`

const words = {
  only: { type: 'string' },
  seeds: { type: 'string', default: '2000' },
  jobs: { type: 'string', default: '2' },
  help: { type: 'boolean', default: false },
} as const

/** Reads the command line, or throws a `UsageError` that says what is wrong. */
export function parseOptions(argv: readonly string[]): CanaryOptions | 'help' {
  const { values, positionals } = parseWords(argv, words)
  if (values.help) return 'help'
  if (values.only !== undefined && positionals.length !== 1) throw new UsageError('--only takes one package')
  return {
    packages: positionals,
    only: values.only,
    seedsMax: wholeNumber('--seeds', values.seeds, 1, 1_000_000),
    jobs: wholeNumber('--jobs', values.jobs, 1, 64),
    write: values.only === undefined,
  }
}
