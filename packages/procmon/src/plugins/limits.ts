import { wholeSettings, type Ranges } from '@flotilla/core/machines'

/** What plugins of one machine are held to. */
export interface PluginLimits {
  readonly pluginsMax: number
  /** Figures of one plugin; an answer with more is refused as a whole. */
  readonly figuresMax: number
  readonly nameLengthMax: number
  /** Between two calls, where the plugin does not say. */
  readonly intervalMs: number
  readonly intervalMsMin: number
  /** After so long a call is given up; the next one waits until it has ended all the same. */
  readonly timeoutMs: number
}

export const pluginDefaults: PluginLimits = {
  pluginsMax: 32,
  figuresMax: 64,
  nameLengthMax: 64,
  intervalMs: 15_000,
  intervalMsMin: 1_000,
  timeoutMs: 10_000,
}

const allowed: Ranges<keyof PluginLimits> = {
  pluginsMax: [0, 256],
  figuresMax: [1, 1_024],
  nameLengthMax: [1, 128],
  intervalMs: [1_000, 86_400_000],
  intervalMsMin: [100, 86_400_000],
  timeoutMs: [100, 600_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validatePluginLimits(
  limits: { readonly [Name in keyof PluginLimits]?: number | undefined } = {},
): PluginLimits {
  return wholeSettings('plugins', { ...pluginDefaults }, allowed, limits)
}
