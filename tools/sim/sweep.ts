import { Worker } from 'node:worker_threads'
import type { SimOptions } from './options.ts'
import type { FoundSuite } from './suites.ts'
import type { SeedReport, WorkerSettings } from './worker.ts'

export interface Sweep {
  readonly suite: string
  readonly seeds: number
  readonly steps: number
  readonly virtualMs: number
  readonly elapsedMs: number
  readonly failures: readonly SeedReport[]
}

/** A suite that fails this often has one bug, not many; more reports would bury the first. */
const failuresMax = 5
/** Seeds of a suite that does not say how many it needs. */
const seedsUsual = 50

/** Runs a suite's seeds over worker threads until they are through, the time is over, or enough have failed. */
export async function sweep(
  found: FoundSuite,
  options: SimOptions,
  onReport: (report: SeedReport) => void = () => {},
): Promise<Sweep> {
  const beganMs = performance.now()
  const untilMs = options.minutes === undefined ? Infinity : beganMs + options.minutes * 60_000
  const failures: SeedReport[] = []
  const total = { seeds: 0, steps: 0, virtualMs: 0 }
  const lastSeed = options.usual ? (found.suite.seeds ?? seedsUsual) : (options.lastSeed ?? Infinity)
  let nextSeed = options.firstSeed

  const take = (): number | undefined => {
    if (nextSeed > lastSeed || failures.length >= failuresMax) return undefined
    if (performance.now() >= untilMs && total.seeds > 0) return undefined
    return nextSeed++
  }
  const see = (report: SeedReport): void => {
    total.seeds++
    total.steps += report.steps
    total.virtualMs += report.virtualMs
    if (report.violation !== undefined || report.secondHash !== undefined) failures.push(report)
    onReport(report)
  }
  await Promise.all(Array.from({ length: options.jobs }, () => work(found, options.twiceIn, take, see)))
  failures.sort((one, other) => one.seed - other.seed)
  return { suite: found.suite.name, ...total, elapsedMs: performance.now() - beganMs, failures }
}

/** Keeps one worker busy until there is nothing left to take. A worker that dies fails the sweep with its error. */
async function work(
  found: FoundSuite,
  twiceIn: number,
  take: () => number | undefined,
  see: (report: SeedReport) => void,
): Promise<void> {
  const settings: WorkerSettings = { file: found.file, twiceIn }
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings })
  let running: number | undefined
  const done = Promise.withResolvers<void>()
  worker.on('message', (message: 'ready' | SeedReport) => {
    if (message !== 'ready') see(message)
    running = take()
    if (running === undefined) return done.resolve()
    worker.postMessage(running)
  })
  worker.on('error', (error) => {
    const where = running === undefined ? '' : ` in seed ${running}`
    done.reject(new Error(`suite ${found.suite.name} broke its worker${where}`, { cause: error }))
  })
  try {
    await done.promise
  } finally {
    await worker.terminate()
  }
}
