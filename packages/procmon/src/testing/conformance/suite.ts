import type { ConformanceCase } from '@flotilla/core/testing'
import type { MachineSourceHarness } from './harness.ts'
import { processCases } from './process-cases.ts'
import { systemCases } from './system-cases.ts'

export type SourceCase = (harness: MachineSourceHarness) => Promise<void>

/** What every `MachineSource` does, on a machine of its own or a recorded one. Each case makes a new one. */
export function machineSourceConformance(makeHarness: () => Promise<MachineSourceHarness>): readonly ConformanceCase[] {
  return Object.entries({ ...systemCases, ...processCases }).map(([name, run]) => ({
    name,
    run: async () => {
      const harness = await makeHarness()
      await using _source = harness.source
      await run(harness)
    },
  }))
}
