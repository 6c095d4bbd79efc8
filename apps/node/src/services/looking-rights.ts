import type { CertificateFacts } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import type { Settings } from '../settings/settings.ts'

/** What the connections of other nodes have shown of them. */
export interface Standings {
  readonly certificateOf: (id: NodeId) => CertificateFacts | undefined
  readonly isRevoked: (id: NodeId) => boolean
}

export interface LookingRightsOptions {
  readonly self: NodeId
  /** The setting `process-control`, as it is now. */
  readonly allowed: () => Settings['process-control']
  /** Undefined in no cluster. */
  readonly standings: () => Standings | undefined
}

/** Who may look at this machine and into its virtual machines, and who may have something done there. */
export class LookingRights {
  readonly #options: LookingRightsOptions

  constructor(options: LookingRightsOptions) {
    this.#options = options
  }

  /** Guests, and replicas, which must not read what they keep, see nothing of machines. */
  readonly admits = (node: NodeId): boolean => {
    const role = this.#roleOf(node)
    return role === 'node' || role === 'operator'
  }

  /** Besides this machine's own people. */
  readonly permits = (from: NodeId): boolean => {
    const { self } = this.#options
    if (from === self) return true
    const allowed = this.#options.allowed()
    const role = allowed === 'own' ? undefined : this.#roleOf(from)
    return role === 'operator' || (allowed === 'nodes' && role === 'node')
  }

  /** By the certificate of the connection, and by nothing that the other says. */
  #roleOf(node: NodeId): CertificateFacts['role'] | undefined {
    const standings = this.#options.standings()
    return standings === undefined || standings.isRevoked(node) ? undefined : standings.certificateOf(node)?.role
  }
}
