import {
  drawSerial,
  issueCertificate,
  makeAuthority,
  readAuthority,
  type ClusterId,
  type Role,
} from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Entropy } from '@flotilla/core/random'
import type { WallMillis } from '@flotilla/core/time'

/** A cluster for examples and tests: an authority whose key is in memory, and who gives a certificate to anybody. */
export interface TestCluster {
  readonly id: ClusterId
  /** The authority's certificate, in DER. */
  readonly authority: Uint8Array
  readonly authoritySecretKey: Uint8Array
  /** Somebody new; or, with a key, a new certificate for somebody. */
  member(name: string, options?: TestMemberOptions): TestMember
}

export interface TestMemberOptions {
  /** `node` by default. */
  readonly role?: Role
  /** Now by default. */
  readonly notBefore?: WallMillis
  /** An hour after `notBefore` by default. */
  readonly notAfter?: WallMillis
  readonly secretKey?: Uint8Array
}

/** What `tlsLinks` takes as an identity, with the id that belongs to it. */
export interface TestMember {
  readonly id: NodeId
  readonly secretKey: Uint8Array
  readonly certificate: Uint8Array
  readonly authority: Uint8Array
}

const secretKeyBytes = 32
const hourMs = 3_600_000

export function testCluster(options: {
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly now: WallMillis
}): TestCluster {
  const { crypto, entropy, now } = options
  const authoritySecretKey = entropy.bytes(secretKeyBytes)
  const { certificate: authority } = makeAuthority({ crypto, secretKey: authoritySecretKey, now })
  return {
    id: readAuthority(crypto, authority).cluster,
    authority,
    authoritySecretKey,
    member(name, { role = 'node', notBefore = now, notAfter, secretKey = entropy.bytes(secretKeyBytes) } = {}) {
      const publicKey = crypto.ed25519.publicKey(secretKey)
      const certificate = issueCertificate({
        crypto,
        authority: { secretKey: authoritySecretKey, certificate: authority },
        subject: { publicKey, name, role },
        serial: drawSerial(entropy),
        notBefore,
        notAfter: notAfter ?? ((notBefore + hourMs) as WallMillis),
      })
      return { id: nodeIdFromPublicKey(crypto, publicKey), secretKey, certificate, authority }
    },
  }
}
