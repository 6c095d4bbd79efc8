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
