import { parseWords, UsageError, wholeNumber } from '../command-line/usage.ts'

export interface BenchOptions {
  /** Names of benches; `all` stands for every one and the curves, `curve` for the curves of all. */
  readonly names: readonly string[]
  readonly rounds: number
  readonly quick: boolean
  readonly format: 'text' | 'json' | 'markdown'
}

export const usage = `Measures our code beside its peers: same work, same promise, same disk, in turns.
A ratio is that of the medians: above 1 ours is faster.

  pnpm bench NAME...               these benches
  pnpm bench curve                 how the cost of our parts grows from 10 to 10,000 items
  pnpm bench all                   every bench, then the curves
  pnpm bench --list                the benches there are

  --rounds N     rounds of each side, in turns (default 5)
  --quick        one tiny round: shows that the benches still run; the figures mean nothing
  --json         one JSON object a line: one for each peer of a figure, one for each point of a curve
  --markdown     the page docs/benchmarks.md, on standard output
  --help         this text

The exit code is 0 when everything ran, whoever was faster; 1 when something failed; 2 when the command was wrong.`

const roundsMax = 1_000

const words = {
  rounds: { type: 'string' },
  quick: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  markdown: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Reads the command line, or throws a `UsageError` that says what is wrong. `help` and `list` come back as words. */
export function parseOptions(argv: readonly string[]): BenchOptions | 'help' | 'list' {
  const { values, positionals } = parseWords(argv, words)
  if (values.help) return 'help'
  if (values.list) return 'list'
  if (positionals.length === 0) throw new UsageError('name a bench, `curve` or `all`; `pnpm bench --list` shows them')
  if (values.json && values.markdown) throw new UsageError('give --json or --markdown, not both')
  if (values.quick && values.rounds !== undefined) throw new UsageError('give --quick or --rounds, not both')
  return {
    names: positionals,
    rounds: values.quick ? 1 : wholeNumber('--rounds', values.rounds ?? '5', 1, roundsMax),
    quick: values.quick,
    format: values.json ? 'json' : values.markdown ? 'markdown' : 'text',
  }
}
