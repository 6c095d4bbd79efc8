import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { runSteps } from './runner.ts'
import { steps, type Step } from './steps.ts'
import { count, countLine, summarize } from './summary.ts'

const help = `pnpm verify proves everything and writes nothing that git tracks.

  --only STEP   run only this step; may be given several times
  --json        print the outcome as JSON on stdout, and what happens meanwhile on stderr
  --help        this text

Steps, in order:
${steps.map(({ name, proves }) => `  ${name.padEnd(11)} ${proves}`).join('\n')}
`

process.exitCode = await main(process.argv.slice(2))

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args)
  if (typeof options === 'string') {
    console.error(options)
    return 1
  }
  if (options.help) {
    console.log(help)
    return 0
  }
  const startedMs = performance.now()
  const interrupted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort())
  const say = (line: string): void => (options.json ? console.error(line) : console.log(line))
  const outcomes = await runSteps(options.steps, {
    root: fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, ''),
    signal: interrupted.signal,
    colours: process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '',
    say,
  })
  if (interrupted.signal.aborted) {
    console.error('Interrupted: nothing is proved.')
    return 130
  }
  const elapsedMs = performance.now() - startedMs
  for (const line of summarize(outcomes, elapsedMs)) say(line)
  const counts = count(outcomes)
  if (options.json) console.log(JSON.stringify({ ...counts, line: countLine(counts), elapsedMs, steps: outcomes }))
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1
}

interface Options {
  readonly steps: readonly Step[]
  readonly json: boolean
  readonly help: boolean
}

/** Returns a sentence where the arguments make no sense. */
function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string', multiple: true, default: [] },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    const unknown = values.only.find((name) => !steps.some((step) => step.name === name))
    if (unknown !== undefined)
      return `There is no step "${unknown}". There are: ${steps.map(({ name }) => name).join(', ')}.`
    const chosen = values.only.length === 0 ? steps : steps.filter(({ name }) => values.only.includes(name))
    return { steps: chosen, json: values.json, help: values.help }
  } catch (error) {
    return `${error instanceof Error ? error.message : String(error)}\nAsk for --help.`
  }
}
