import type { NotRun } from './test-report.ts'

/** What became of one step, or of one package in a step that runs in every package. */
export interface Outcome {
  readonly name: string
  readonly passed: number
  /** One line for each failure; its length is what counts. */
  readonly failures: readonly string[]
  readonly notRun: readonly NotRun[]
  readonly elapsedMs: number
  /** Nothing it depends on has changed since it passed, so it was not run again. */
  readonly cached: boolean
}

export interface StepOutcome {
  readonly step: string
  readonly whenItFails: string
  readonly parts: readonly Outcome[]
  readonly elapsedMs: number
  /** What the step printed. */
  readonly output: string
}
