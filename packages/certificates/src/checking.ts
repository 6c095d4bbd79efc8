import type { Crypto } from '@flotilla/core/crypto'
import type { WallMillis } from '@flotilla/core/time'
import type { AuthorityFacts, CertificateFacts } from './facts.ts'
import { readAuthority, takeApart } from './reading.ts'
import { refusal } from './refusal.ts'

export interface CheckOptions {
  readonly crypto: Crypto
  /** The authority's certificate in DER; or what `readAuthority` has read of it, which saves half of the time. */
  readonly authority: Uint8Array | AuthorityFacts
  /** In DER. */
  readonly certificate: Uint8Array
  readonly now: WallMillis
  /** How far past either end it is still believed. 0 by default, as in TLS. */
  readonly clockToleranceMs?: number
}

/**
 * What a member's certificate says, if the authority has signed it and it is valid now; or a
 * `ProtocolError<CertificateRefusal>` that says why it is not believed. Whether it was revoked is another question.
 */
export function checkCertificate(options: CheckOptions): CertificateFacts {
  const { crypto, certificate, now, clockToleranceMs = 0 } = options
  const authority = 'cluster' in options.authority ? options.authority : readAuthority(crypto, options.authority)
  const { facts, signedBytes, signature } = takeApart(crypto, certificate)
  const whose = `the certificate of ${facts.name} (${facts.id})`
  if (facts.cluster !== authority.cluster) {
    throw refusal(
      'foreign-authority',
      `${whose} is of the cluster ${facts.cluster}, not of ${authority.cluster}`,
      'invite that machine into this cluster if it belongs here',
    )
  }
  if (!crypto.ed25519.verify(authority.publicKey, signedBytes, signature)) {
    throw refusal(
      'wrong-signature',
      `${whose} is not signed by the authority of ${authority.cluster}`,
      'somebody has forged it: find out who sent it',
    )
  }
  checkValidity(`the authority of ${authority.cluster}`, authority, now, clockToleranceMs)
  checkValidity(whose, facts, now, clockToleranceMs)
  return facts
}

function checkValidity(
  what: string,
  { notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  now: WallMillis,
  toleranceMs: number,
): void {
  if (now + toleranceMs < notBefore) {
    throw refusal(
      'not-yet-valid',
      `${what} is not valid before ${dateText(notBefore)}`,
      'set the clock of both machines',
    )
  }
  // The moment of the end belongs to it (RFC 5280 §4.1.2.5), with all of its second.
  if (now - toleranceMs < notAfter + 1_000) return
  throw refusal(
    'expired',
    `${what} has expired on ${dateText(notAfter)}`,
    'let that machine join anew; or set the clock, if that is wrong',
  )
}

function dateText(at: WallMillis): string {
  return new Date(at).toISOString().replace('.000Z', 'Z')
}
