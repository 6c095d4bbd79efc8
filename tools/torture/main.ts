import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { UsageError } from '../command-line/usage.ts'
import { parseOptions, usage } from './options.ts'
import { runRaft } from './raft-run.ts'
import { judge } from './summary.ts'
import { townAvailable } from './town.ts'

/** Returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv, randomInt(2 ** 32))
  if (options === 'help') {
    console.log(usage)
    return 0
  }
  const { available, note } = await townAvailable()
  if (!available) throw new UsageError(`this machine cannot do it${note}`)
  const { seconds, seed, faults, history } = options
  const begunMs = performance.now()
  const tell = (line: string): void => console.error(`${((performance.now() - begunMs) / 1_000).toFixed(1)} s  ${line}`)
  tell(`seed ${seed}`)
  const outcome = await runRaft({ seconds, seed, faults, tell })
  if (history !== undefined) {
    await writeFile(history, outcome.lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }
  tell('judging the history')
  const { held, text } = judge(outcome, seed)
  console.log(text)
  return held ? 0 : 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`torture: ${error.message}\n\n${usage}`)
  process.exitCode = 2
}
