import { parentPort, workerData } from 'node:worker_threads'
import { formatEvent, runSeed, type SeedOutcome } from '@flotilla/sim'
import { loadSuite } from './suites.ts'

/** One seed's outcome as it travels between threads: the events as lines. */
export interface SeedReport extends Omit<SeedOutcome, 'lastEvents'> {
  readonly lastEvents: readonly string[]
  /** Set when the second run of the seed went another way than the first. */
  readonly secondHash: string | undefined
}

export interface WorkerSettings {
  readonly file: string
  /** As in the options. */
  readonly twiceIn: number
}

/** Takes one seed at a time from its parent and answers with what became of it. */
async function main(port: NonNullable<typeof parentPort>): Promise<void> {
  const { file, twiceIn } = workerData as WorkerSettings
  const suite = await loadSuite(file)
  port.on('message', (seed: number) => {
    void answer(seed)
  })
  const answer = async (seed: number): Promise<void> => {
    const outcome = await runSeed(suite, seed)
    const isTwice = twiceIn > 0 && seed % twiceIn === 0
    const again = isTwice ? await runSeed(suite, seed) : outcome
    const report: SeedReport = {
      ...outcome,
      lastEvents: outcome.lastEvents.map(formatEvent),
      secondHash: again.traceHash === outcome.traceHash ? undefined : again.traceHash,
    }
    port.postMessage(report)
  }
  port.postMessage('ready')
}

if (parentPort !== null) await main(parentPort)
