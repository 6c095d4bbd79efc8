import { parseWords, UsageError, wholeNumber } from '../command-line/usage.ts'

export interface SimOptions {
  /** Names of suites; `all` stands for every one that is not an example. */
  readonly suites: readonly string[]
  readonly firstSeed: number
  /** Undefined: until the time is over. */
  readonly lastSeed: number | undefined
  /** Each suite says itself how many seeds, from 1 on. */
  readonly usual: boolean
  readonly minutes: number | undefined
  readonly jobs: number
  /** Every so many-th seed is lived twice: 1 is each, 0 none. */
  readonly twiceIn: number
  readonly trace: boolean
  readonly json: boolean
}

export const usage = `Lives simulated worlds, seed by seed, and tells which ones broke an invariant.

  pnpm sim SUITE --seeds A..B [--minutes M]    the seeds from A to B, or as many as fit into M minutes
  pnpm sim SUITE --seed N --trace              one seed, every event printed
  pnpm sim all --seeds 1..200 --twice          every suite; each seed twice, and both runs must be equal
  pnpm sim --list                              the suites there are

  --seeds A..B   default 1..100; with --minutes alone it goes on from 1 until the time is over
  --seed N       the same as --seeds N..N
  --minutes M    stop after so many minutes; a seed that has begun is finished
  --usual        as many seeds, from 1 on, as each suite says that it needs
  --twice        run each seed twice and compare the hashes of everything that happened
  --twice-in N   the same, of every N-th seed alone: it costs less, and shows the same mistakes a little later
  --jobs J       worker threads (default 2)
  --trace        print every event (one seed, one suite)
  --json         one JSON object a line: one for each failure, then one for each suite
  --help         this text

The exit code is 0 when everything held, 1 when something failed, 2 when the command was wrong.`

const seedMax = 2 ** 32 - 1
const jobsMax = 64

const words = {
  seeds: { type: 'string' },
  seed: { type: 'string' },
  minutes: { type: 'string' },
  jobs: { type: 'string', default: '2' },
  usual: { type: 'boolean', default: false },
  twice: { type: 'boolean', default: false },
  'twice-in': { type: 'string' },
  trace: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

/** Reads the command line, or throws a `UsageError` that says what is wrong. `help` and `list` come back as words. */
export function parseOptions(argv: readonly string[]): SimOptions | 'help' | 'list' {
  const { values, positionals } = parseWords(argv, words)
  if (values.help) return 'help'
  if (values.list) return 'list'
  if (positionals.length === 0) throw new UsageError('name a suite, or `all`; `pnpm sim --list` shows them')
  if (values.seed !== undefined && values.seeds !== undefined) throw new UsageError('give --seed or --seeds, not both')
  if (values.usual && (values.seed ?? values.seeds ?? values.minutes) !== undefined) {
    throw new UsageError('--usual says how many seeds already; leave out --seed, --seeds and --minutes')
  }
  const [firstSeed, lastSeed] = seedRange(values.seed ?? values.seeds, values.minutes !== undefined)
  if (values.trace && (positionals.length > 1 || positionals[0] === 'all' || firstSeed !== lastSeed)) {
    throw new UsageError('--trace takes one suite and one --seed')
  }
  const every = values['twice-in']
  if (every !== undefined && values.twice) throw new UsageError('give --twice or --twice-in, not both')
  return {
    suites: positionals,
    firstSeed,
    lastSeed,
    usual: values.usual,
    minutes: values.minutes === undefined ? undefined : positive('--minutes', values.minutes),
    jobs: wholeNumber('--jobs', values.jobs, 1, jobsMax),
    twiceIn: every === undefined ? Number(values.twice) : wholeNumber('--twice-in', every, 1, seedMax),
    trace: values.trace,
    json: values.json,
  }
}

function seedRange(text: string | undefined, bounded: boolean): readonly [number, number | undefined] {
  if (text === undefined) return [1, bounded ? undefined : 100]
  const [first = '', last = first, ...rest] = text.split('..')
  if (rest.length > 0) throw new UsageError(`--seeds is ${text}; it must be like 1..100`)
  const range = [wholeNumber('a seed', first, 0, seedMax), wholeNumber('a seed', last, 0, seedMax)] as const
  if (range[0] > range[1]) throw new UsageError(`--seeds is ${text}; the first must not be larger than the last`)
  return range
}

function positive(what: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new UsageError(`${what} is ${JSON.stringify(text)}; it must be a number above 0`)
}
