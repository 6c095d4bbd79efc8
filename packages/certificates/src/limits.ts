/** What a certificate may be. They are rules of the format, so nobody sets them. */
export const certificateLimits = {
  /** The longest certificate that is read, in DER. Those that are written have 600 to 720 bytes. */
  certificateBytesMax: 1_024,
  /** The longest text in PEM form that is read. */
  pemCharactersMax: 2_048,
  /** The longest name for people. */
  nameLengthMax: 63,
  /** A serial number has this many bytes: 128 bits less two, drawn at random, meet nowhere. */
  serialBytes: 16,
  /** The farthest moment that a certificate can name: the end of the year 9999. */
  wallMsMax: 253_402_300_799_000,
} as const

export const certificateDefaults = {
  /** How long an authority's own certificate is valid: 3,652 days. */
  authorityValidityMs: 315_532_800_000,
  /**
   * How long before now a certificate begins to be valid. TLS forgives no clock that is behind, so what is issued now
   * has to be valid already for a machine that lives a little in the past.
   */
  backdatedMs: 300_000,
} as const

/** What names for people look like; `nameLengthMax` is in it. */
export const namePattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/
/** The first byte is 0x40 to 0x7f, so that each has one form in DER and the same length. */
export const serialPattern: RegExp = /^[4-7][0-9a-f]{31}$/
