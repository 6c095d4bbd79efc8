import type { AuthorityFacts, CertificateFacts } from '@flotilla/certificates'
import type { Crypto } from '@flotilla/core/crypto'
import type { NodeId } from '@flotilla/core/ids'
import { compareVersions, noList, readRevocations, type ListVersion, type Revocation } from './revocation-list.ts'

/** The latest list of revocations that this member has heard of. */
export class RevocationBook {
  readonly #crypto: Crypto
  readonly #authority: AuthorityFacts
  #bytes: Uint8Array | undefined
  #version: ListVersion = noList
  #byId: ReadonlyMap<NodeId, Revocation> = new Map()

  /** Throws a `ProtocolError` if that list is not the authority's. */
  constructor(crypto: Crypto, authority: AuthorityFacts, list?: Uint8Array) {
    this.#crypto = crypto
    this.#authority = authority
    if (list !== undefined) this.offer(list)
  }

  get version(): ListVersion {
    return this.#version
  }

  /** The list as it was signed. */
  get bytes(): Uint8Array | undefined {
    return this.#bytes
  }

  all(): readonly Revocation[] {
    return [...this.#byId.values()]
  }

  /** Takes the list over if it is later than ours. Throws a `ProtocolError` if the authority has not signed it. */
  offer(list: Uint8Array): { readonly isNew: boolean; readonly version: ListVersion } {
    const { version, entries } = readRevocations(this.#crypto, this.#authority, list)
    if (compareVersions(version, this.#version) <= 0) return { isNew: false, version }
    this.#bytes = list
    this.#version = version
    this.#byId = new Map(entries.map((entry) => [entry.id, entry]))
    return { isNew: true, version }
  }

  isRevoked(id: NodeId): boolean {
    return this.#byId.has(id)
  }

  /** Why somebody with a valid certificate is not let in, or undefined. */
  refusal({ id, name }: Pick<CertificateFacts, 'id' | 'name'>): string | undefined {
    const entry = this.#byId.get(id)
    if (entry === undefined) return undefined
    const since = new Date(entry.revokedAt).toISOString()
    return `${name} (${id}) was revoked on ${since}${entry.reason === '' ? '' : `: ${entry.reason}`}`
  }
}
