import { join } from 'node:path'
import type { Bench } from '@flotilla/core/testing'
import { chooseBenches, findBenches, type Chosen } from './benches.ts'
import { circumstancesIn } from './circumstances.ts'
import type { ContestSettings } from './contest.ts'
import { curveLines, figureLines } from './json-lines.ts'
import { markdownReport } from './markdown-report.ts'
import { measureCurve, measureDuration, measureFigure, type MeasuredCurve, type MeasuredFigure } from './measurement.ts'
import { UsageError } from '../command-line/usage.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { realStopwatch } from './stopwatch.ts'
import { curveText, figureText } from './text-report.ts'

const root = join(import.meta.dirname, '../..')

/** Long enough to even out a garbage collection, short enough that `all` takes a few minutes. */
const pace = {
  full: { figureMs: 200, curveMs: 50, counts: [10, 100, 1_000, 10_000] },
  quick: { figureMs: 1, curveMs: 1, counts: [10, 100] },
} as const

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv)
  if (options === 'help') return say(usage)
  const found = await findBenches(root)
  if (options === 'list') return say(found.map(({ name, summary }) => `${name.padEnd(16)} ${summary}`).join('\n'))
  return measureAll(chooseBenches(found, options.names), options)
}

async function measureAll(chosen: Chosen, options: BenchOptions): Promise<number> {
  // What is run from its source strips types at every start; what is installed has none. The set-up sets it as well.
  process.env['NODE_COMPILE_CACHE'] ??= join(root, 'node_modules/.cache/compiled')
  const circumstances = circumstancesIn(root)
  const { commit } = circumstances
  const { figureMs, curveMs, counts } = options.quick ? pace.quick : pace.full
  const settings = settingsFor(options)
  const figures: MeasuredFigure[] = []
  const curves: MeasuredCurve[] = []
  const attempts = new Attempts(settings.signal)

  for (const [bench, figure] of each(chosen.benches, ({ figures: own }) => own)) {
    await attempts.try(`${bench.name}: ${figure.metric}`, async () => {
      const measured = await measureFigure(bench, figure, { ...settings, roundMs: figureMs })
      figures.push(measured)
      tell(options, figureText(measured), figureLines(measured, commit))
    })
  }
  for (const [bench, duration] of each(chosen.benches, ({ durations = [] }) => durations)) {
    await attempts.try(`${bench.name}: ${duration.metric}`, async () => {
      const measured = await measureDuration(bench, duration, { ...settings, roundMs: 0 })
      figures.push(measured)
      tell(options, figureText(measured), figureLines(measured, commit))
    })
  }
  for (const [bench, curve] of each(chosen.curved, ({ curves: own = [] }) => own)) {
    await attempts.try(`${bench.name}: ${curve.metric}`, async () => {
      const measured = await measureCurve(bench, curve, counts, { ...settings, roundMs: curveMs })
      curves.push(measured)
      tell(options, curveText(measured), curveLines(measured, commit))
    })
  }
  if (options.format === 'markdown') {
    process.stdout.write(
      markdownReport({ circumstances, rounds: options.rounds, benches: chosen.benches, figures, curves }),
    )
  }
  if (options.quick && options.format === 'text') say('One tiny round: all of it runs, and the figures mean nothing.')
  return attempts.failed > 0 ? 1 : 0
}

/** In `node_modules`, because that is on the disk of the repository and ignored by everything that looks at files. */
function settingsFor({ rounds, quick }: BenchOptions): Omit<ContestSettings, 'roundMs'> {
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => interrupted.abort(new Interruption('interrupted: everything was stopped and removed')))
  }
  return {
    folder: join(root, 'node_modules', `.bench-${process.pid}`),
    rounds,
    quick,
    stopwatch: realStopwatch({ collects: !quick }),
    signal: interrupted.signal,
  }
}

class Interruption extends Error {}

/** One that fails does not keep the others from being tried. */
class Attempts {
  readonly #signal: AbortSignal
  failed = 0

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  async try(what: string, act: () => Promise<void>): Promise<void> {
    try {
      await act()
    } catch (error) {
      if (this.#signal.aborted) throw error
      this.failed++
      console.error(`FAILED  ${what}\n${error instanceof Error ? error.stack : String(error)}`)
    }
  }
}

function each<Item>(benches: readonly Bench[], of: (bench: Bench) => readonly Item[]): (readonly [Bench, Item])[] {
  return benches.flatMap((bench) => of(bench).map((item) => [bench, item] as const))
}

/** While a page is made, what happens is told beside it. */
function tell({ format }: BenchOptions, text: string, lines: readonly string[]): void {
  if (format === 'json') for (const line of lines) console.log(line)
  else if (format === 'text') console.log(`${text}\n`)
  else console.error(`${text}\n`)
}

function say(text: string): number {
  console.log(text)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`bench: ${error.message}\n\n${usage}`)
    process.exitCode = 2
  } else if (error instanceof Interruption) {
    console.error(error.message)
    process.exitCode = 130
  } else throw error
}
