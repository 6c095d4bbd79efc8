import { wholeSettings } from '@flotilla/core/machines'

export interface JsonLimits {
  /** One message, or one line. */
  readonly messageBytesMax: number
  /** Objects and arrays within each other. */
  readonly depthMax: number
  /** Values in one message, each member and item counted. */
  readonly valuesMax: number
}

export const jsonDefaults: JsonLimits = {
  messageBytesMax: 4_194_304,
  depthMax: 64,
  valuesMax: 100_000,
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateJsonLimits(settings: Partial<JsonLimits> = {}): JsonLimits {
  return wholeSettings(
    'json',
    { ...jsonDefaults },
    { messageBytesMax: [64, 2 ** 28], depthMax: [1, 512], valuesMax: [1, 10_000_000] },
    settings,
  )
}
