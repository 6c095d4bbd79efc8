import { faultKinds, type FaultKind } from './faults.ts'
import { parseWords, UsageError, wholeNumber } from '../command-line/usage.ts'

export interface TortureOptions {
  readonly seconds: number
  readonly seed: number
  /** Which there are to be. */
  readonly faults: readonly FaultKind[]
  /** Where the history goes, as JSON lines. */
  readonly history: string | undefined
}

export const usage = `Lets five real nodes live through kills, stops, cuts and full disks while clients use them, and
then asks whether everything that the clients saw could have come from one register that does one thing at a time.

  pnpm torture raft --minutes 5

  --minutes M      how long the faults go on (default 1); fractions will do
  --seed N         draws faults and operations; real processes never repeat a run exactly (default: by chance, printed)
  --faults LIST    only these of ${faultKinds.join(', ')}
  --history FILE   writes what the clients did, one JSON object a line: see tools/torture/README.md
  --help           this text

It needs Linux, root, ip, nft and mount. The exit code is 0 when everything held, 1 when something did not, 2 when the
command was wrong.`

const seedMax = 2 ** 32 - 1
const minutesMax = 24 * 60

const words = {
  minutes: { type: 'string', default: '1' },
  seed: { type: 'string' },
  faults: { type: 'string', default: faultKinds.join(',') },
  history: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** Reads the command line, or throws a `UsageError` that says what is wrong. `seed` is for when none is given. */
export function parseOptions(argv: readonly string[], seed: number): TortureOptions | 'help' {
  const { values, positionals } = parseWords(argv, words)
  if (values.help) return 'help'
  const [name, ...others] = positionals
  if (name !== 'raft' || others.length > 0) throw new UsageError('say what to torture: there is only `raft`')
  const minutes = Number(values.minutes)
  if (!(minutes > 0 && minutes <= minutesMax)) {
    throw new UsageError(`--minutes is ${values.minutes}; it must be a number above 0 and at most ${minutesMax}`)
  }
  return {
    seconds: minutes * 60,
    seed: values.seed === undefined ? seed : wholeNumber('--seed', values.seed, 0, seedMax),
    faults: values.faults.split(',').map(faultOf),
    history: values.history,
  }
}

function faultOf(text: string): FaultKind {
  const kind = faultKinds.find((known) => known === text)
  if (kind !== undefined) return kind
  throw new UsageError(`--faults: there is no fault ${JSON.stringify(text)}; there are ${faultKinds.join(', ')}`)
}
