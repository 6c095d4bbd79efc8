import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What reading a machine through `systeminformation` allows itself. */
export interface PortableSourceLimits {
  /** How long a reading waits for its slowest part; a part that takes longer is a problem, and is not asked twice. */
  readonly partDeadlineMs: number
  /** How old the list of processes may be: on Windows it takes a second of a whole core and more. */
  readonly processesEveryMs: number
  readonly windowsProcessesEveryMs: number
  /** How old space, temperatures and batteries may be: each starts a program or two. */
  readonly slowPartsEveryMs: number
  /** Of one reading; of more processes, those with the lowest numbers are told of. */
  readonly listedProcessesMax: number
  /** Of one reading; the others are counted in the last. */
  readonly portableProblemsMax: number
}

export const portableSourceDefaults: PortableSourceLimits = {
  partDeadlineMs: 10_000,
  processesEveryMs: 1_000,
  windowsProcessesEveryMs: 10_000,
  slowPartsEveryMs: 30_000,
  listedProcessesMax: 32_768,
  portableProblemsMax: 64,
}

const allowed: Ranges<keyof PortableSourceLimits> = {
  partDeadlineMs: [1, 600_000],
  processesEveryMs: [0, 86_400_000],
  windowsProcessesEveryMs: [0, 86_400_000],
  slowPartsEveryMs: [0, 86_400_000],
  listedProcessesMax: [1, 4_194_304],
  portableProblemsMax: [1, 4_096],
}

/** Completes the limits with the defaults, or throws a sentence about the wrong one. */
export function validatePortableSourceLimits(limits: Partial<PortableSourceLimits> = {}): PortableSourceLimits {
  return wholeSettings('reading a machine', portableSourceDefaults, allowed, limits)
}
