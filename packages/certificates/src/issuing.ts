import type { Crypto } from '@flotilla/core/crypto'
import { FlotillaError } from '@flotilla/core/errors'
import { clusterIdFromPublicKey, nodeIdFromPublicKey } from '@flotilla/core/ids'
import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'
import type { TBSCertificate } from '@peculiar/asn1-x509'
import { authorityToSign, bytesToSign, certificateToSign, hexOf, signedCertificate } from './der-form.ts'
import type { AuthorityFacts, Role } from './facts.ts'
import { certificateDefaults, certificateLimits, namePattern, serialPattern } from './limits.ts'
import { readAuthority } from './reading.ts'

/** The code of the `FlotillaError` for what the caller handed in. */
export type IssueErrorCode = 'wrong-field'

export interface AuthorityOptions {
  readonly crypto: Crypto
  readonly secretKey: Uint8Array
  readonly now: WallMillis
  /** 10 years by default. */
  readonly validityMs?: number
}

/** Makes the certificate, in DER, that an authority signs for itself. */
export function makeAuthority(options: AuthorityOptions): { readonly certificate: Uint8Array } {
  const { crypto, secretKey, now, validityMs = certificateDefaults.authorityValidityMs } = options
  const publicKey = crypto.ed25519.publicKey(secretKey)
  const facts: AuthorityFacts = {
    cluster: clusterIdFromPublicKey(crypto, publicKey),
    publicKey,
    ...validity(now - certificateDefaults.backdatedMs, now + validityMs),
  }
  return { certificate: signed(crypto, secretKey, authorityToSign(facts)) }
}

export interface Subject {
  readonly publicKey: Uint8Array
  readonly name: string
  readonly role: Role
}

export interface IssueOptions {
  readonly crypto: Crypto
  readonly authority: { readonly secretKey: Uint8Array; readonly certificate: Uint8Array }
  readonly subject: Subject
  /** One that this authority has never given: see `drawSerial`. */
  readonly serial: string
  /** Such as now: it is valid from a little earlier on, for the sake of clocks that are behind (`backdatedMs`). */
  readonly notBefore: WallMillis
  readonly notAfter: WallMillis
}

/** A certificate in DER. It does not outlive the authority's own. Fractions of a second are cut off. */
export function issueCertificate(options: IssueOptions): Uint8Array {
  const { crypto, authority, subject, serial, notBefore, notAfter } = options
  const { publicKey, name, role } = subject
  const issuer = readAuthority(crypto, authority.certificate)
  if (clusterIdFromPublicKey(crypto, crypto.ed25519.publicKey(authority.secretKey)) !== issuer.cluster) {
    throw wrong(
      `the secret key is not the one of the authority of ${issuer.cluster}`,
      'use the key and its certificate',
    )
  }
  if (!isMemberName(name)) {
    throw wrong(
      `${JSON.stringify(name.slice(0, certificateLimits.nameLengthMax))} is no name`,
      `use 1 to ${certificateLimits.nameLengthMax} letters, digits, ".", "_" and "-", a letter or digit first`,
    )
  }
  if (!serialPattern.test(serial)) throw wrong('that is no serial number', 'draw it with drawSerial')
  const begin = Math.max(issuer.notBefore, notBefore - certificateDefaults.backdatedMs)
  const facts = {
    cluster: issuer.cluster,
    id: nodeIdFromPublicKey(crypto, publicKey),
    publicKey,
    name,
    role,
    serial,
    ...validity(begin, Math.min(notAfter, issuer.notAfter)),
  }
  return signed(crypto, authority.secretKey, certificateToSign(facts))
}

/** Whether a member may be called so: 1 to 63 letters, digits, `.`, `_` and `-`, a letter or digit first. */
export function isMemberName(name: string): boolean {
  return namePattern.test(name)
}

/** A serial number that nobody has had before. */
export function drawSerial(entropy: Entropy): string {
  const bytes = entropy.bytes(certificateLimits.serialBytes)
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return hexOf(bytes)
}

function signed(crypto: Crypto, secretKey: Uint8Array, toSign: TBSCertificate): Uint8Array {
  return signedCertificate(toSign, crypto.ed25519.sign(secretKey, bytesToSign(toSign)))
}

function validity(from: number, until: number): { readonly notBefore: WallMillis; readonly notAfter: WallMillis } {
  const [notBefore, notAfter] = [Math.floor(from / 1_000) * 1_000, Math.floor(until / 1_000) * 1_000]
  if (notBefore >= 0 && notBefore <= notAfter && notAfter <= certificateLimits.wallMsMax) {
    return { notBefore: notBefore as WallMillis, notAfter: notAfter as WallMillis }
  }
  throw wrong(
    `a certificate cannot be valid from ${from} to ${until}, in milliseconds since 1970`,
    "let it end after it begins; look whether this machine's clock is right",
  )
}

function wrong(message: string, hint: string): FlotillaError<IssueErrorCode> {
  return new FlotillaError('wrong-field', message, { hint })
}
