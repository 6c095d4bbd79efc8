import type { ProcessSignal } from './contract.ts'
import type { ProcessIdentity } from './readings.ts'

/**
 * What can be done to a process. Whoever implements it looks whether that number still belongs to that very process,
 * as late as the system allows, and rejects with `not-found` where it does not, with `not-permitted` where we may not.
 */
export interface ProcessControl {
  signal(process: ProcessIdentity, signal: ProcessSignal): Promise<void>
  setNice(process: ProcessIdentity, nice: number): Promise<void>
}
