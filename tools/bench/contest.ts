import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Peer, Running } from '@flotilla/core/testing'
import { spreadOf, type Spread } from './statistics.ts'
import type { Stopwatch } from './stopwatch.ts'

export interface ContestSettings {
  /** On the disk that is to be measured; it is made, and removed when the contest is over. */
  readonly folder: string
  readonly rounds: number
  /** How long a round should take at least, and the warming up before the first one. */
  readonly roundMs: number
  readonly stopwatch: Stopwatch
  /** See `Place`. */
  readonly quick?: boolean
  /** Ends the contest before its next round. */
  readonly signal: AbortSignal
}

export interface Outcome {
  /** Units a second. */
  readonly rate: Spread
  /** What was built up before the first round: the length that the contestant told, or else the memory that it took. */
  readonly bytes: number
  readonly sizesAre: 'length' | 'memory'
}

interface Contestant {
  readonly running: Running
  readonly heldBytes: number
  /** How often it can do its work in one round. */
  readonly count: number
  readonly rates: number[]
}

/** More is nothing that does anything: a loop that was optimized away. */
const countMax = 1e12

/** Starts all, warms them up, and lets them do their work in turns. Whoever is not installed has no outcome. */
export async function contest(
  starts: readonly Peer['start'][],
  settings: ContestSettings,
): Promise<readonly (Outcome | undefined)[]> {
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(settings.folder, { recursive: true, force: true }))
  const contestants: (Contestant | undefined)[] = []
  for (const [index, start] of starts.entries()) {
    const folder = join(settings.folder, String(index))
    await mkdir(folder, { recursive: true })
    const heldBefore = settings.stopwatch.heldBytes()
    const running = await start({ folder, quick: settings.quick ?? false })
    const heldBytes = Math.max(0, settings.stopwatch.heldBytes() - heldBefore)
    if (running !== undefined) cleanup.defer(() => running.stop?.())
    contestants.push(running && { running, heldBytes, count: await warmUp(running, settings), rates: [] })
  }
  for (let round = 0; round < settings.rounds; round++) {
    for (const contestant of contestants) {
      if (contestant === undefined) continue
      const { units, elapsedMs } = await timed(contestant.running, contestant.count, settings)
      contestant.rates.push(units / (elapsedMs / 1_000))
    }
  }
  return contestants.map((contestant) => contestant && outcomeOf(contestant))
}

/** Works until its code is hot, and returns how often it can do its work in one round. */
async function warmUp(running: Running, settings: ContestSettings): Promise<number> {
  const { roundMs } = settings
  for (let count = 1; count <= countMax;) {
    const { elapsedMs } = await timed(running, count, settings)
    if (elapsedMs >= roundMs) return count
    // At most eightfold: the first runs are slow because they are the first.
    count = Math.ceil(count * Math.min(8, (roundMs / elapsedMs) * 1.1))
  }
  throw new Error(`its work takes no time, not even ${countMax} times; let it do something`)
}

async function timed(
  running: Running,
  count: number,
  { stopwatch, signal }: ContestSettings,
): Promise<{ readonly units: number; readonly elapsedMs: number }> {
  signal.throwIfAborted()
  stopwatch.heldBytes() // For the sake of the collection.
  const beganMs = stopwatch.nowMs()
  const units = await running.work(count)
  return { units, elapsedMs: stopwatch.nowMs() - beganMs }
}

function outcomeOf({ running, heldBytes, rates }: Contestant): Outcome {
  return {
    rate: spreadOf(rates),
    bytes: running.bytes ?? heldBytes,
    sizesAre: running.bytes === undefined ? 'memory' : 'length',
  }
}
