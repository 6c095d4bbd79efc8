/**
 * A join token, version 1: `flj1` and, in base 32,
 *
 * | offset | bytes | what                                                     |
 * | -----: | ----: | -------------------------------------------------------- |
 * |      0 |     1 | version, 1                                               |
 * |      1 |    32 | SHA-256 of the authority's certificate                   |
 * |     33 |     8 | which invitation it is                                   |
 * |     41 |    16 | the secret                                               |
 * |     57 |     6 | when it expires, in seconds since 1970                   |
 * |     63 |     1 | role: 0 node, 1 agent, 2 operator, 3 replica             |
 * |     64 |     1 | how many addresses follow, 1 to 4                        |
 * |     65 |       | each: port (2), then 0 and an IPv4 address (4),          |
 * |        |       | or the length of a host as text and that text            |
 * |     -4 |     4 | the beginning of the SHA-256 of all that, by which a typo is told from a forgery |
 */
import type { Role } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import { fromBase32, neverInBase32, toBase32 } from './base32.ts'
import { ascii, equalInConstantTime, joined, wholeNumberBytes } from './byte-string.ts'
import { clusterLimits } from './config.ts'
import type { Address } from './ports.ts'
import { clusterError, type JoinErrorCode } from './refusal.ts'

export interface JoinToken {
  /** SHA-256 of the authority's certificate in DER. */
  readonly authorityFingerprint: Uint8Array
  /** Which invitation it is, 8 bytes; no secret. */
  readonly invitation: Uint8Array
  /** 16 bytes. It never crosses the wire. */
  readonly secret: Uint8Array
  /** A whole second. */
  readonly expiresAt: WallMillis
  readonly role: Role
  /** Where the inviter is. */
  readonly addresses: readonly Address[]
}

export const tokenLengths = { fingerprint: 32, invitation: 8, secret: 16 } as const

const prefix = 'flj1'
const version = 1
const invitationAt = 33
const secretAt = 41
const expiryAt = 57
const roleAt = 63
const addressesAt = 65
const checksumLength = 4
const roles: readonly Role[] = ['node', 'agent', 'operator', 'replica']
const checksumDomain = ascii('flotilla join token v1\0')
const secondsMax = 2 ** 47

export function writeToken(crypto: Crypto, token: JoinToken): string {
  const body = bodyOf(token, token.secret)
  return prefix + toBase32(joined(body, checksumOf(crypto, body)))
}

/** All that the token says but its secret: what is proven by the secret. */
export function publicPart(token: JoinToken): Uint8Array {
  return bodyOf(token, new Uint8Array(tokenLengths.secret))
}

/** Reads what a person has pasted: upper case and blanks around it do no harm. Throws a `ProtocolError`. */
export function readToken(crypto: Crypto, text: string): JoinToken {
  const trimmed = text.trim()
  if (trimmed.length > clusterLimits.tokenLengthMax) throw mistyped(`it has ${trimmed.length} characters, too many`)
  const lower = trimmed.toLowerCase()
  if (!lower.startsWith(prefix)) throw mistyped(`it does not begin with "${prefix}"`)
  const place = lower.slice(prefix.length).search(neverInBase32)
  if (place !== -1) {
    const at = place + prefix.length
    throw mistyped(`character ${at + 1}, ${JSON.stringify(trimmed.charAt(at))}, never occurs in one`)
  }
  const bytes = fromBase32(lower.slice(prefix.length))
  if (bytes === undefined || bytes.length <= checksumLength) throw mistyped('characters are missing')
  const body = bytes.subarray(0, -checksumLength)
  if (!equalInConstantTime(checksumOf(crypto, body), bytes.subarray(-checksumLength))) {
    throw mistyped('its checksum does not match, so characters are missing or mistyped')
  }
  return takeApart(body)
}

/** Throws `wrong-field` unless a token can hold these. */
export function checkAddresses(addresses: readonly Address[]): void {
  const { tokenAddressesMax, tokenHostLengthMax } = clusterLimits
  if (addresses.length === 0 || addresses.length > tokenAddressesMax) {
    throw clusterError('wrong-field', `a token has 1 to ${tokenAddressesMax} addresses`, 'name the best of them')
  }
  for (const { host, port } of addresses) {
    const fits = host.length <= tokenHostLengthMax && hostForm.test(host)
    if (fits && Number.isInteger(port) && port >= 1 && port <= 65_535) continue
    const shown = JSON.stringify(`${host}:${port}`.slice(0, tokenHostLengthMax))
    throw clusterError('wrong-field', `${shown} is no address`, 'give an IP address or a host name, and a port')
  }
}

/** IP addresses (a zone after `%` among them) and names. */
const hostForm = /^[0-9A-Za-z:][0-9A-Za-z.:_%-]*$/
const ipv4Form = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/

function bodyOf(token: JoinToken, secret: Uint8Array): Uint8Array {
  const { authorityFingerprint, invitation, expiresAt, role, addresses } = token
  return joined(
    Uint8Array.of(version),
    authorityFingerprint,
    invitation,
    secret,
    wholeNumberBytes(Math.floor(expiresAt / 1_000)).subarray(2),
    Uint8Array.of(roles.indexOf(role), addresses.length),
    ...addresses.map(addressBytes),
  )
}

function addressBytes({ host, port }: Address): Uint8Array {
  const portBytes = Uint8Array.of(port >> 8, port & 0xff)
  const numbers = ipv4Form.exec(host)?.slice(1).map(Number)
  if (numbers?.every((number) => number <= 255)) return joined(portBytes, Uint8Array.of(0, ...numbers))
  return joined(portBytes, Uint8Array.of(host.length), ascii(host))
}

/** The checksum was right, so whatever is wrong now was made so. */
function takeApart(body: Uint8Array): JoinToken {
  if (body[0] !== version) throw unsupported(`its version is ${body[0]}`)
  const role = roles[body[roleAt] ?? roles.length]
  if (role === undefined || body.length < addressesAt) throw unsupported('it has an unknown role')
  const seconds = body.subarray(expiryAt, roleAt).reduce((sum, byte) => sum * 256 + byte, 0)
  if (seconds >= secondsMax) throw unsupported('it expires beyond all times')
  return {
    authorityFingerprint: body.slice(1, invitationAt),
    invitation: body.slice(invitationAt, secretAt),
    secret: body.slice(secretAt, expiryAt),
    expiresAt: (seconds * 1_000) as WallMillis,
    role,
    addresses: addressesIn(body),
  }
}

function addressesIn(body: Uint8Array): readonly Address[] {
  const addresses: Address[] = []
  let at = addressesAt
  while (at < body.length) {
    const port = (body[at] ?? 0) * 256 + (body[at + 1] ?? 0)
    const length = body[at + 2] ?? 0
    const end = at + 3 + (length === 0 ? 4 : length)
    const bytes = body.subarray(at + 3, end)
    if (end > body.length) throw unsupported('an address is cut short')
    addresses.push({ host: length === 0 ? bytes.join('.') : String.fromCharCode(...bytes), port })
    at = end
  }
  if (addresses.length !== body[addressesAt - 1]) throw unsupported('it has other addresses than it says')
  try {
    checkAddresses(addresses)
  } catch {
    throw unsupported('it has an address that is none')
  }
  return addresses
}

function checksumOf(crypto: Crypto, body: Uint8Array): Uint8Array {
  return crypto.sha256(joined(checksumDomain, body)).slice(0, checksumLength)
}

function mistyped(why: string): ProtocolError<JoinErrorCode> {
  return new ProtocolError('mistyped-token', `that is not a join token: ${why}`, { hint: 'copy the whole token again' })
}

function unsupported(why: string): ProtocolError<JoinErrorCode> {
  return new ProtocolError('unsupported-token', `this release cannot read the token: ${why}`, {
    hint: 'let both machines run the same release, and ask for a new invitation',
  })
}
