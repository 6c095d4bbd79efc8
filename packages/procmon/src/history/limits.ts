import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** How much of the past is kept. */
export interface HistoryLimits {
  /** Points of each figure at each resolution: how many seconds, minutes, hours back it goes. */
  readonly secondsMax: number
  readonly minutesMax: number
  readonly hoursMax: number
  /** Figures with a history; beyond, whichever has been absent for longest gives way, else the new one is left out. */
  readonly figuresMax: number
  /** A figure with a longer name is left out. */
  readonly nameLengthMax: number
}

export const historyDefaults: HistoryLimits = {
  secondsMax: 600,
  minutesMax: 1_440,
  hoursMax: 2_160,
  figuresMax: 512,
  nameLengthMax: 160,
}

/** How it is kept over restarts. */
export interface KeptHistoryLimits {
  /** Between two writes of all of it; the last one is at a clean end. */
  readonly writeEveryMs: number
  /** What is read and written at most; figures beyond are not kept. */
  readonly bytesMax: number
  /** How long reading at the start, and writing at the end, are waited for. */
  readonly waitMs: number
}

export const keptHistoryDefaults: KeptHistoryLimits = {
  writeEveryMs: 1_800_000,
  bytesMax: 33_554_432,
  waitMs: 5_000,
}

const keptAllowed: Ranges<keyof KeptHistoryLimits> = {
  writeEveryMs: [1_000, 86_400_000],
  bytesMax: [1_024, 2 ** 28],
  waitMs: [10, 60_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateKeptHistoryLimits(
  limits: { readonly [Name in keyof KeptHistoryLimits]?: number | undefined } = {},
): KeptHistoryLimits {
  return wholeSettings('kept history', { ...keptHistoryDefaults }, keptAllowed, limits)
}

const allowed: Ranges<keyof HistoryLimits> = {
  secondsMax: [1, 86_400],
  minutesMax: [1, 44_640],
  hoursMax: [1, 87_600],
  figuresMax: [0, 16_384],
  nameLengthMax: [16, 1_024],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateHistoryLimits(
  limits: { readonly [Name in keyof HistoryLimits]?: number | undefined } = {},
): HistoryLimits {
  return wholeSettings('history', { ...historyDefaults }, allowed, limits)
}
