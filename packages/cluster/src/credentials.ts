import { checkCertificate, type AuthorityFacts, type CertificateFacts } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import type { ClusterId, NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import type { WallMillis } from '@flotilla/core/time'
import { hexOf } from './byte-string.ts'
import { clusterLimits } from './config.ts'

export type ProofErrorCode = 'revoked'

/** What tells members from strangers where there is no connection that does; a proof is a certificate. */
export interface Credentials {
  readonly self: NodeId
  readonly cluster: ClusterId
  /** Our own certificate in DER; a renewal changes it. */
  proof(): Uint8Array
  /** An Ed25519 signature by our key. Let what is signed begin with what it is for. */
  sign(bytes: Uint8Array): Uint8Array
  /** Whose certificate it is, or a `ProtocolError` that says why it is refused. What was found right is remembered. */
  check(proof: Uint8Array): CertificateFacts
}

export interface CredentialsOptions {
  readonly crypto: Crypto
  readonly secretKey: Uint8Array
  readonly self: NodeId
  readonly authority: AuthorityFacts
  readonly wallNow: () => WallMillis
  readonly certificate: () => Uint8Array
  /** Why a member with a valid certificate is not let in. */
  readonly refusal: (facts: CertificateFacts) => string | undefined
}

export function memberCredentials(options: CredentialsOptions): Credentials {
  const { crypto, secretKey, self, authority, wallNow, certificate, refusal } = options
  const known = new Lru<string, CertificateFacts>({ entriesMax: clusterLimits.proofsKeptMax })

  const check = (proof: Uint8Array): CertificateFacts => {
    const name = hexOf(crypto.sha256(proof))
    const now = wallNow()
    const found = known.get(name)
    // Only signatures are remembered: time goes on.
    const isValid = found !== undefined && now >= found.notBefore && now <= found.notAfter
    const facts = isValid ? found : checkCertificate({ crypto, authority, certificate: proof, now })
    if (!isValid) known.set(name, facts)
    return facts
  }

  return {
    self,
    cluster: authority.cluster,
    proof: certificate,
    sign: (bytes) => crypto.ed25519.sign(secretKey, bytes),
    check(proof) {
      const facts = check(proof)
      const why = refusal(facts)
      if (why === undefined) return facts
      throw new ProtocolError<ProofErrorCode>('revoked', why, { hint: 'it cannot come back with that key' })
    },
  }
}
