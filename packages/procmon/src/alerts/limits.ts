import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What the alerts of one machine keep to. */
export interface AlertLimits {
  readonly rulesMax: number
  /** Figures beyond a threshold, each with each rule; beyond, further ones are not looked at. */
  readonly trackedMax: number
  /** A figure that is absent for longer is not taken to have been the same meanwhile; a raised alert of it is over. */
  readonly absentMsMax: number
}

export const alertDefaults: AlertLimits = { rulesMax: 128, trackedMax: 1_024, absentMsMax: 60_000 }

const allowed: Ranges<keyof AlertLimits> = {
  rulesMax: [0, 4_096],
  trackedMax: [1, 65_536],
  absentMsMax: [1_000, 86_400_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateAlertLimits(
  limits: { readonly [Name in keyof AlertLimits]?: number | undefined } = {},
): AlertLimits {
  return wholeSettings('alerts', { ...alertDefaults }, allowed, limits)
}
