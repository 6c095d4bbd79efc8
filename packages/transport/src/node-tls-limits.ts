import { FlotillaError } from '@flotilla/core/errors'

export interface TlsLimits {
  /** Handshakes that others began and that are not finished; one more makes room or is refused (`HandshakeGate`). */
  readonly handshakesMax: number
  /** Of those, how many may come from one address. */
  readonly handshakesPerAddressMax: number
  /** How many handshakes a rested address may begin in a burst. */
  readonly handshakeBurstPerAddress: number
  /** How many more it may begin in each second. */
  readonly handshakesPerSecondPerAddress: number
  /** Addresses whose rate is remembered; who was not seen for longest is forgotten. */
  readonly addressesRememberedMax: number
  /** When there is no more room, a handshake that is older than this gives way to a new one. */
  readonly handshakeStaleMs: number
  /** How long a handshake may take, from the connection to both sides' word that they take each other. */
  readonly handshakeMsMax: number
  /** How long a dial may wait for the connection itself; the handshake is counted on its own. */
  readonly connectMsMax: number
  /** Dials in progress; one more fails with `overloaded`. */
  readonly dialsMax: number
  /** Connections of all kinds: links, doors, handshakes, dials. One more is refused; a dial fails with `overloaded`. */
  readonly socketsMax: number
  /** Links open with one peer; one more that it dials is refused. */
  readonly linksPerPeerMax: number
  /** Streams open at doors; one more is refused. */
  readonly doorsOpenMax: number
  /** How long a door's stream may stay open. */
  readonly doorMsMax: number
  /** The most bytes that go through a door's stream, each way. */
  readonly doorBytesMax: number
  /** How long a link that was ended may take to send what was written. */
  readonly endMsMax: number
  /** How long a connection may be silent before the system asks whether the far end is still there. */
  readonly keepAliveMs: number
}

export const tlsDefaults: TlsLimits = {
  handshakesMax: 32,
  handshakesPerAddressMax: 8,
  handshakeBurstPerAddress: 64,
  handshakesPerSecondPerAddress: 16,
  addressesRememberedMax: 4_096,
  handshakeStaleMs: 200,
  handshakeMsMax: 5_000,
  connectMsMax: 5_000,
  dialsMax: 64,
  socketsMax: 256,
  linksPerPeerMax: 4,
  doorsOpenMax: 8,
  doorMsMax: 30_000,
  doorBytesMax: 64 * 2 ** 10,
  endMsMax: 5_000,
  keepAliveMs: 15_000,
}

const allowed: { readonly [Name in keyof TlsLimits]: readonly [least: number, most: number] } = {
  handshakesMax: [1, 4_096],
  handshakesPerAddressMax: [1, 4_096],
  handshakeBurstPerAddress: [1, 100_000],
  handshakesPerSecondPerAddress: [1, 100_000],
  addressesRememberedMax: [1, 2 ** 20],
  handshakeStaleMs: [1, 60_000],
  handshakeMsMax: [100, 600_000],
  connectMsMax: [100, 600_000],
  dialsMax: [1, 4_096],
  socketsMax: [1, 16_384],
  linksPerPeerMax: [1, 1_024],
  doorsOpenMax: [0, 1_024],
  doorMsMax: [100, 3_600_000],
  doorBytesMax: [1_024, 2 ** 30],
  endMsMax: [10, 600_000],
  keepAliveMs: [1_000, 86_400_000],
}

/** Returns the limits completed with defaults, or throws a sentence that names the wrong one. */
export function validateTlsLimits(settings: Partial<TlsLimits> = {}): TlsLimits {
  const limits = { ...tlsDefaults, ...settings }
  for (const name of Object.keys(allowed) as (keyof TlsLimits)[]) {
    const [least, most] = allowed[name]
    const value = limits[name]
    if (Number.isInteger(value) && value >= least && value <= most) continue
    throw new FlotillaError(
      'wrong-setting',
      `tls links: ${name} is ${value}; it must be a whole number from ${least} to ${most}`,
    )
  }
  return limits
}
