import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { TimedPeer, Timing } from '@flotilla/core/testing'
import type { ContestSettings } from './contest.ts'
import { spreadOf, type Spread } from './statistics.ts'

/** Starts all and lets each be timed once a round, in turns. Whoever is not installed has no times. */
export async function timeInTurns(
  starts: readonly TimedPeer['start'][],
  { folder, rounds, signal, quick = false }: ContestSettings,
): Promise<readonly (Spread | undefined)[]> {
  await using cleanup = new AsyncDisposableStack()
  cleanup.defer(() => rm(folder, { recursive: true, force: true }))
  const timings: (Timing | undefined)[] = []
  for (const [index, start] of starts.entries()) {
    const own = join(folder, String(index))
    await mkdir(own, { recursive: true })
    const timing = await start({ folder: own, quick })
    if (timing !== undefined) cleanup.defer(() => timing.stop?.())
    timings.push(timing)
  }
  const times = timings.map((): number[] => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, timing] of timings.entries()) {
      signal.throwIfAborted()
      if (timing !== undefined) times[index]?.push(await timing.time())
    }
  }
  return times.map((own) => (own.length === 0 ? undefined : spreadOf(own)))
}
