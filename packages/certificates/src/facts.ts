import type { ClusterId, NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'

export type { ClusterId } from '@flotilla/core/ids'

/** What a member is: a machine that takes part in everything, a guest's agent, or a person with a command line. */
export type Role = 'node' | 'agent' | 'operator' | 'replica'

/** What a certificate says. Whether it may be believed is another question: see `checkCertificate`. */
export interface CertificateFacts {
  readonly cluster: ClusterId
  /** The id of `publicKey`. */
  readonly id: NodeId
  readonly publicKey: Uint8Array
  /** For people; not unique. */
  readonly name: string
  readonly role: Role
  /** Lower-case hexadecimal; one authority gives each only once. */
  readonly serial: string
  readonly notBefore: WallMillis
  readonly notAfter: WallMillis
}

/** What an authority's own certificate says, once it is known to have signed it. */
export interface AuthorityFacts {
  /** The id of `publicKey`. */
  readonly cluster: ClusterId
  readonly publicKey: Uint8Array
  readonly notBefore: WallMillis
  readonly notAfter: WallMillis
}
