import { FlotillaError } from '../errors/index.ts'

export interface EnvelopeLimits {
  /** The longest payload. */
  readonly payloadBytesMax: number
  /** How far a sender's clock may be from ours, both ways; further off is refused. */
  readonly clockToleranceMs: number
  /** Opened envelopes of one sender that are remembered at once; one more is refused as `overloaded`. */
  readonly noncesPerSenderMax: number
  /**
   * Those of all senders together. At least as many times `noncesPerSenderMax` as there are senders that the gate
   * accepts, and none of them can block another.
   */
  readonly noncesMax: number
}

export const envelopeDefaults: EnvelopeLimits = {
  payloadBytesMax: 65_536,
  clockToleranceMs: 30_000,
  noncesPerSenderMax: 2_048,
  noncesMax: 262_144,
}

const allowed: { readonly [Name in keyof EnvelopeLimits]: readonly [least: number, most: number] } = {
  payloadBytesMax: [0, 2 ** 24],
  clockToleranceMs: [1, 86_400_000],
  noncesPerSenderMax: [1, 2 ** 20],
  noncesMax: [1, 2 ** 24],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateEnvelopeLimits(settings: Partial<EnvelopeLimits> = {}): EnvelopeLimits {
  const limits = { ...envelopeDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof EnvelopeLimits)[]) {
    const [least, most] = allowed[name]
    within(name, limits[name], least, most)
  }
  within('noncesMax', limits.noncesMax, limits.noncesPerSenderMax, allowed.noncesMax[1])
  return limits
}

function within(name: keyof EnvelopeLimits, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return
  throw new FlotillaError(
    'wrong-setting',
    `envelope: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
  )
}
