import { wholeSetting, wholeSettings, type Ranges } from '@flotilla/core/machines'

export interface AutopilotSettings {
  /** As many nodes decide at most; of an even number the odd one below it, which survives as many failures. */
  readonly votersMax: number
  /** Nodes besides those that get everything and decide nothing, so that one of them can soon take another's place. */
  readonly sparesMax: number
  /** How often is looked whether the right nodes decide. */
  readonly lookEveryMs: number
  /** A node that has been there for so long counts as steady; each time that it went away doubles it. */
  readonly steadyMs: number
  /** The most that the doubling makes of it. */
  readonly steadyMsMax: number
  /** A node that has been there for so long without a break is not blamed any more for having gone away before. */
  readonly forgivenMs: number
  /** A voter that has been away for so long is replaced if somebody steady can take its place. */
  readonly graceMs: number
  /** A node that has not caught up in so long is passed over, as if it had gone away. */
  readonly catchUpMs: number
  /** How long one change of the members may take. */
  readonly changeMsMax: number
  /** The pause after one that failed. */
  readonly retryMs: number
}

export const autopilotDefaults: AutopilotSettings = {
  votersMax: 5,
  sparesMax: 2,
  lookEveryMs: 1_000,
  steadyMs: 5_000,
  steadyMsMax: 600_000,
  forgivenMs: 3_600_000,
  graceMs: 60_000,
  catchUpMs: 300_000,
  changeMsMax: 30_000,
  retryMs: 5_000,
}

const dayMs = 86_400_000

const allowed: Ranges<keyof AutopilotSettings> = {
  votersMax: [1, 9],
  sparesMax: [0, 32],
  lookEveryMs: [10, 600_000],
  steadyMs: [0, dayMs],
  steadyMsMax: [0, dayMs],
  forgivenMs: [0, 30 * dayMs],
  graceMs: [0, 30 * dayMs],
  catchUpMs: [1_000, 30 * dayMs],
  changeMsMax: [100, 600_000],
  retryMs: [10, 600_000],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateAutopilotSettings(settings: Partial<AutopilotSettings> = {}): AutopilotSettings {
  const whole = wholeSettings('autopilot', { ...autopilotDefaults }, allowed, settings)
  const votersMax = whole.votersMax % 2 === 1 ? whole.votersMax : whole.votersMax - 1
  wholeSetting('autopilot', 'steadyMsMax', whole.steadyMsMax, whole.steadyMs, dayMs)
  return { ...whole, votersMax }
}
