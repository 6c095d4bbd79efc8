/**
 * What two ends of one connection prove to each other. Both know a key that is derived from the token; each proof is a
 * MAC (HKDF, RFC 5869) by that key over a hash of everything that the two must agree on: this TLS session, the token
 * with its role and expiry, the authority, and the newcomer's key and name. So a proof that was recorded or relayed is
 * worth nothing on any other connection, and the secret crosses none.
 */
import type { Crypto } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import { ascii, joined, wholeNumberBytes } from './byte-string.ts'
import { publicPart, type JoinToken } from './token.ts'

export interface Agreement {
  /** Of this TLS session. */
  readonly exporter: Uint8Array
  readonly invitation: Uint8Array
  /** The authority's certificate in DER. */
  readonly authority: Uint8Array
  /** The newcomer's. */
  readonly publicKey: Uint8Array
  readonly name: string
  /** The newcomer's clock. */
  readonly wallMs: number
}

export type Prover = 'inviter' | 'newcomer'

const keyLength = 32
const exporterLength = 32
const keyDomain = ascii('flotilla join key v1\0')
const agreementDomain = ascii('flotilla join v1\0')

/** What both sides derive from the token. The inviter keeps it in place of the secret, to which no way leads back. */
export function tokenKey(crypto: Crypto, token: JoinToken): Uint8Array {
  return crypto.hkdfSha256(token.secret, crypto.sha256(publicPart(token)), keyDomain, keyLength)
}

/** Everything that must be the same on both sides; the newcomer also signs it with its own key. */
export function agreementBytes(crypto: Crypto, agreement: Agreement): Uint8Array {
  const { exporter, invitation, authority, publicKey, name, wallMs } = agreement
  assert(exporter.length === exporterLength, 'the exporter of a door has 32 bytes')
  const nameBytes = ascii(name)
  return joined(
    agreementDomain,
    exporter,
    invitation,
    crypto.sha256(authority),
    publicKey,
    wholeNumberBytes(wallMs),
    wholeNumberBytes(nameBytes.length),
    nameBytes,
  )
}

export function proofOf(crypto: Crypto, key: Uint8Array, agreed: Uint8Array, prover: Prover): Uint8Array {
  return crypto.hkdfSha256(key, crypto.sha256(agreed), ascii(`flotilla join proof v1\0${prover}`), keyLength)
}
