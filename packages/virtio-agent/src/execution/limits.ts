import { wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface ExecutionLimits {
  /** One more is `overloaded`. */
  readonly programsMax: number
  /** What is to end is asked to for so long, and made to after that. */
  readonly endGraceMs: number
  /** After it has ended, its output is waited for so long: what it has started may hold it open for ever. */
  readonly outputGraceMs: number
}

export const executionDefaults: ExecutionLimits = { programsMax: 64, endGraceMs: 2_000, outputGraceMs: 200 }

const allowed: Ranges<keyof ExecutionLimits> = {
  programsMax: [1, 1_024],
  endGraceMs: [0, 60_000],
  outputGraceMs: [0, 10_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateExecutionLimits(limits: Partial<ExecutionLimits> = {}): ExecutionLimits {
  return wholeSettings('execution', { ...executionDefaults }, allowed, limits)
}
