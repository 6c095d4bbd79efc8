import { join } from 'node:path'
import { formatEvent, runSeed } from '@flotilla/sim'
import { commitOf } from '../command-line/commit.ts'
import { UsageError } from '../command-line/usage.ts'
import { parseOptions, usage, type SimOptions } from './options.ts'
import { failureText, failureLine, sweepText, sweepLine } from './report.ts'
import { chooseSuites, findSuites, type FoundSuite } from './suites.ts'
import { sweep } from './sweep.ts'

const root = join(import.meta.dirname, '../..')

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv)
  if (options === 'help') return say(usage)
  const found = await findSuites(root)
  if (options === 'list') return say(found.map(({ suite }) => `${suite.name.padEnd(24)} ${suite.summary}`).join('\n'))
  const chosen = chooseSuites(found, options.suites)
  return options.trace ? await trace(chosen, options.firstSeed) : await sweepAll(chosen, options)
}

async function trace(chosen: readonly FoundSuite[], seed: number): Promise<number> {
  for (const { suite } of chosen) {
    const outcome = await runSeed(suite, seed, { onEvent: (event) => console.log(formatEvent(event)) })
    console.log(`\ntrace ${outcome.traceHash}, ${outcome.steps} events, faults: ${outcome.faults.join(', ') || 'none'}`)
    if (outcome.violation === undefined) continue
    console.log(failureText({ ...outcome, lastEvents: [], secondHash: undefined }, commitOf(root)))
    return 1
  }
  return 0
}

async function sweepAll(chosen: readonly FoundSuite[], options: SimOptions): Promise<number> {
  let failed = 0
  for (const found of chosen) {
    const outcome = await sweep(found, options)
    failed += outcome.failures.length
    for (const failure of outcome.failures) {
      console.log(options.json ? failureLine(failure, commitOf(root)) : failureText(failure, commitOf(root)))
    }
    console.log(options.json ? sweepLine(outcome, commitOf(root)) : sweepText(outcome))
  }
  return failed > 0 ? 1 : 0
}

function say(text: string): number {
  console.log(text)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`sim: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
