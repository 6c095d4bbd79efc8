import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { formatEvent, runSeed } from '@flotilla/sim'
import { parseOptions, usage, UsageError, type SimOptions } from './options.ts'
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
    console.log(failureText({ ...outcome, lastEvents: [], secondHash: undefined }, commit()))
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
      console.log(options.json ? failureLine(failure, commit()) : failureText(failure, commit()))
    }
    console.log(options.json ? sweepLine(outcome, commit()) : sweepText(outcome))
  }
  return failed > 0 ? 1 : 0
}

function say(text: string): number {
  console.log(text)
  return 0
}

/** Which code ran: a seed means nothing without it. */
function commit(): string {
  try {
    const git = (...words: string[]): string => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()
    return `${git('rev-parse', '--short=12', 'HEAD')}${git('status', '--porcelain') === '' ? '' : ' with changes'}`
  } catch {
    return 'unknown (no git here)'
  }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`sim: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
