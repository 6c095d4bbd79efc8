import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls'
import {
  certificateToPem,
  checkCertificate,
  readAuthority,
  readCertificate,
  secretKeyToPem,
  type AuthorityFacts,
  type CertificateFacts,
  type CertificateRefusal,
} from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { WallMillis } from '@flotilla/core/time'
import type { Admission } from './links.ts'
import { PeerRefused } from './node-tls-refusals.ts'

/** Who this node is, and whom it believes. */
export interface TlsIdentity {
  /** The node's Ed25519 key, 32 bytes. */
  readonly secretKey: Uint8Array
  /** The node's certificate, in DER. */
  readonly certificate: Uint8Array
  /** The certificate of the cluster's authority, in DER. */
  readonly authority: Uint8Array
}

/** An identity made ready for TLS. */
export interface ReadyIdentity {
  readonly facts: CertificateFacts
  readonly authority: AuthorityFacts
  /** For dialling. */
  readonly context: SecureContext
  /** The same, for a server, which makes its own context. */
  readonly secureContextOptions: SecureContextOptions
}

/** What every TLS context of ours keeps to, with a certificate or without. */
const rules = {
  minVersion: 'TLSv1.3',
  maxVersion: 'TLSv1.3',
  // Nobody else's signature is ever taken, so nobody has to be asked for one.
  sigalgs: 'ed25519',
  // A resumed session would skip the look at the certificate. Without tickets, and with no store of sessions, there is
  // nothing to resume; and `checkedPeer` refuses a resumed one all the same.
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const

/** Throws a `FlotillaError` where key, certificate and authority do not belong together. It may have expired. */
export function readyIdentity(identity: TlsIdentity): ReadyIdentity {
  const crypto = nodeCrypto()
  const authority = readAuthority(crypto, identity.authority)
  const { notAfter, publicKey } = readCertificate(crypto, identity.certificate)
  const facts = checkCertificate({ crypto, authority, certificate: identity.certificate, now: notAfter })
  if (Buffer.compare(crypto.ed25519.publicKey(identity.secretKey), publicKey) !== 0) {
    throw new FlotillaError('wrong-identity', `the certificate of ${facts.id} is not for the secret key beside it`, {
      hint: 'use the certificate that was issued for this key, or join the cluster anew',
    })
  }
  const authorityPem = certificateToPem(identity.authority)
  const secureContextOptions = {
    ...rules,
    key: secretKeyToPem(identity.secretKey),
    // With the authority's own: who knocks at a door knows no more of it than its fingerprint.
    cert: certificateToPem(identity.certificate) + authorityPem,
    ca: authorityPem,
  }
  return { facts, authority, context: createSecureContext(secureContextOptions), secureContextOptions }
}

/** For somebody without a certificate. An empty list of authorities keeps the system's from being loaded. */
export function anonymousContext(): SecureContext {
  return createSecureContext({ ...rules, ca: [] })
}

/**
 * Who is at the other end, or a `PeerRefused` that says why it is not believed. TLS has shown by now that it holds the
 * key of its certificate, and nothing more: that certificate is judged here.
 */
export function checkedPeer(
  socket: TLSSocket,
  options: { readonly identity: ReadyIdentity; readonly now: WallMillis; readonly admission: Admission },
): CertificateFacts {
  const { identity, now, admission } = options
  checkSession(socket)
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) {
    throw new PeerRefused('no-certificate', 'you showed no certificate: join the cluster first')
  }
  const facts = believed(() =>
    checkCertificate({ crypto: nodeCrypto(), authority: identity.authority, certificate: certificate.raw, now }),
  )
  const objection = admission(facts)
  if (objection !== undefined) throw new PeerRefused('not-admitted', objection)
  return facts
}

/** The certificate of a node whose authority has this fingerprint: what a newcomer can check of a door. */
export function checkedDoor(
  socket: TLSSocket,
  options: { readonly authorityFingerprint: Uint8Array; readonly now: WallMillis },
): CertificateFacts {
  checkSession(socket)
  const crypto = nodeCrypto()
  const { raw: certificate, issuerCertificate } = socket.getPeerCertificate(true)
  const authorityBytes = issuerCertificate?.raw
  if (authorityBytes === undefined) {
    throw new PeerRefused('foreign-authority', 'the node at that door does not show the certificate of its authority')
  }
  if (Buffer.compare(crypto.sha256(authorityBytes), options.authorityFingerprint) !== 0) {
    throw new PeerRefused(
      'foreign-authority',
      'the node at that door belongs to another cluster: the fingerprint of its authority is not the one expected',
    )
  }
  const facts = believed(() => checkCertificate({ crypto, authority: authorityBytes, certificate, now: options.now }))
  if (facts.role === 'node') return facts
  throw new PeerRefused('not-admitted', `only a node keeps a door; ${facts.name} (${facts.id}) is ${facts.role}`)
}

/** Both are impossible by the settings of our contexts; a mistake there must not let anybody in. */
function checkSession(socket: TLSSocket): void {
  if (socket.getProtocol() !== 'TLSv1.3' || socket.isSessionReused()) {
    throw new PeerRefused('tls-error', 'only a full handshake of TLS 1.3 is taken')
  }
}

const whyOf = {
  malformed: 'malformed-certificate',
  'foreign-authority': 'foreign-authority',
  'wrong-signature': 'foreign-authority',
  expired: 'expired',
  'not-yet-valid': 'not-yet-valid',
  'wrong-id': 'wrong-id',
} as const satisfies Record<CertificateRefusal, string>

function believed(check: () => CertificateFacts): CertificateFacts {
  try {
    return check()
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    throw new PeerRefused(whyOf[error.code as CertificateRefusal], error.sentence, error)
  }
}
