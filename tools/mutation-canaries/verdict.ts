import { join } from 'node:path'
import type { Canary } from '@flotilla/sim'
import { runChild } from '../verify/child.ts'

export interface JudgeOptions {
  readonly folder: string
  readonly package: string
  readonly seedsMax: number
  readonly jobs: number
  /** A bug may make code run in circles, which no seed ever ends. */
  readonly minutesMax: number
}

export interface Verdict {
  readonly canary: Canary
  /** Undefined if nobody saw the bug. */
  readonly caught: Catch | undefined
}

export interface Catch {
  readonly by: string
  /** The first seed that failed; undefined for a test. */
  readonly seed: number | undefined
  /** What broke, or how it ended. */
  readonly sentence: string
}

/** Lets those who ought to see a bug look for it, one after the other. */
export async function judge(canary: Canary, options: JudgeOptions): Promise<Verdict> {
  for (const by of canary.caughtBy) {
    const caught = isTest(by) ? await runTest(by, options) : await runSuite(by, 1, options)
    if (caught !== undefined) return { canary, caught }
  }
  return { canary, caught: undefined }
}

/** Whether those who say that they saw something see nothing where no bug is planted: otherwise they say so always. */
export async function isFalseAlarm({ by, seed }: Catch, options: JudgeOptions): Promise<boolean> {
  const again = isTest(by)
    ? await runTest(by, options)
    : await runSuite(by, seed ?? 1, { ...options, seedsMax: seed ?? 1 })
  return again !== undefined
}

function isTest(by: string): boolean {
  return by.endsWith('.test.ts')
}

async function runTest(path: string, options: JudgeOptions): Promise<Catch | undefined> {
  const cwd = join(options.folder, 'packages', options.package)
  const vitest = join(cwd, 'node_modules/vitest/vitest.mjs')
  const run = await runInTime([vitest, 'run', path, '--coverage.enabled=false', '--testTimeout=60000'], cwd, options)
  if (run.code === 0) return undefined
  return { by: path, seed: undefined, sentence: run.isLate ? endless : firstFailure(run.output) }
}

async function runSuite(name: string, first: number, options: JudgeOptions): Promise<Catch | undefined> {
  const { folder, seedsMax, jobs } = options
  const words = [name, '--seeds', `${first}..${seedsMax}`, '--jobs', String(jobs), '--json']
  const run = await runInTime([join(folder, 'tools/sim/main.ts'), ...words], folder, options)
  if (run.code === 0) return undefined
  if (run.isLate) return { by: name, seed: undefined, sentence: endless }
  const failures = run.output.split('\n').flatMap((line): readonly Failure[] => {
    if (!line.startsWith('{"type":"failure"')) return []
    return [JSON.parse(line) as Failure]
  })
  const [earliest] = failures.toSorted((one, other) => one.seed - other.seed)
  if (earliest === undefined)
    throw new Error(`the suite ${name} ended in a way of its own: ${run.output.slice(-2_000)}`)
  return {
    by: name,
    seed: earliest.seed,
    sentence: earliest.violation?.sentence ?? 'The same seed does the same thing.',
  }
}

interface Failure {
  readonly seed: number
  readonly violation?: { readonly sentence: string }
}

const endless = 'It ends.'

async function runInTime(
  words: readonly string[],
  cwd: string,
  { minutesMax }: JudgeOptions,
): Promise<{ readonly code: number; readonly output: string; readonly isLate: boolean }> {
  const signal = AbortSignal.timeout(minutesMax * 60_000)
  const ending = await runChild('node', words, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    signal,
  })
  return { ...ending, isLate: signal.aborted }
}

/** The name of the first test that failed, as vitest prints it. */
function firstFailure(output: string): string {
  const line = output.match(/^ *FAIL +(.*)$/m)?.[1]
  return line?.split(' > ').slice(1).join(', ') ?? 'The tests run.'
}
