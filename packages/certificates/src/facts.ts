import type { NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'

/** What a member is: a machine that takes part in everything, a guest's agent, or a person with a command line. */
export type Role = 'node' | 'agent' | 'operator'

/** A cluster's name for machines: the hash of its authority's public key, `fc1` and 38 more characters. */
export type ClusterId = string & { readonly brand: 'ClusterId' }

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
