import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** When to dial members of which beacons tell. Static and bootstrap peers and those of the store do not wait. */
export interface DiallingSettings {
  /** So long nobody new must have been heard; up to a quarter of it is added by drawing. */
  readonly dialCalmMs: number
  /** After so long those heard are dialled, though more are coming. */
  readonly dialCalmMsMax: number
  /** How much later we dial those whose id is lower than ours: they will have dialled us by then. */
  readonly dialCrossingMs: number
}

export const diallingDefaults: DiallingSettings = {
  dialCalmMs: 400,
  dialCalmMsMax: 1_500,
  dialCrossingMs: 1_500,
}

const allowed: Ranges<keyof DiallingSettings> = {
  dialCalmMs: [0, 60_000],
  dialCalmMsMax: [0, 60_000],
  dialCrossingMs: [0, 60_000],
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateDiallingSettings(settings: Partial<DiallingSettings> = {}): DiallingSettings {
  return wholeSettings('dialling', diallingDefaults, allowed, settings)
}
