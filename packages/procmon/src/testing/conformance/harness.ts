import type { MachineSource, ProcessIdentity } from '../../readings.ts'

/** A source under test, and what the suite cannot know of it. */
export interface MachineSourceHarness {
  readonly source: MachineSource
  /** A process that runs all the time. */
  readonly running: Pick<ProcessIdentity, 'pid'>
  /** Resolves a little later by the source's clock. */
  readonly pass: () => Promise<void>
}
