import { FlotillaError } from '../errors/index.ts'

/** What one message may cost. How long each text, byte string, list and map may be stands in its schema. */
export interface CodecLimits {
  /** The longest message. */
  readonly bytesMax: number
  /** List items, map entries and values inside skipped fields, over all levels of one message together. */
  readonly itemsMax: number
  /** How deep lists, maps and objects may nest: those of the schema, and those inside a field that is skipped. */
  readonly depthMax: number
}

export const codecDefaults: CodecLimits = {
  bytesMax: 10 * 2 ** 20,
  itemsMax: 2 ** 17,
  depthMax: 16,
}

const allowed: { readonly [Name in keyof CodecLimits]: readonly [least: number, most: number] } = {
  bytesMax: [1, 2 ** 28],
  itemsMax: [1, 2 ** 24],
  depthMax: [1, 64],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateCodecLimits(settings: Partial<CodecLimits> = {}): CodecLimits {
  const limits = { ...codecDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof CodecLimits)[]) {
    const [least, most] = allowed[name]
    const value = limits[name]
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new FlotillaError(
      'wrong-setting',
      `codec: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
    )
  }
  return limits
}
