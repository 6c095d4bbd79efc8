import type { NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import type { AuthorityKey } from './authority-key.ts'
import { clusterLimits } from './config.ts'
import { clusterError } from './refusal.ts'
import type { RevocationBook } from './revocation-book.ts'
import { writeRevocations, type Revocation } from './revocation-list.ts'

export interface RevokerOptions {
  readonly key: AuthorityKey
  readonly book: RevocationBook
  readonly certificateValidityMs: number
  /** Whom this authority has revoked ever. */
  readonly revoked: readonly Revocation[]
}

/**
 * The authority's side of revocation. It remembers whom it revoked longer than the list does: for ever, since a key
 * that was stolen once must not come back with a new invitation.
 */
export class Revoker {
  readonly #key: AuthorityKey
  readonly #book: RevocationBook
  readonly #lastsMs: number
  readonly #ever: Map<NodeId, Revocation>

  constructor({ key, book, certificateValidityMs, revoked }: RevokerOptions) {
    this.#key = key
    this.#book = book
    this.#lastsMs = certificateValidityMs + clusterLimits.revocationMarginMs
    this.#ever = new Map(revoked.map((entry) => [entry.id, entry]))
  }

  ever(): readonly Revocation[] {
    return [...this.#ever.values()]
  }

  isRevoked(id: NodeId): boolean {
    return this.#ever.has(id) || this.#book.isRevoked(id)
  }

  /** Returns the new list, which is not in the book yet: first `ever` has to be durable. */
  revoke(wallNow: WallMillis, id: NodeId, reason: string): Uint8Array {
    const { reasonBytesMax, revocationsMax, revokedEverMax } = clusterLimits
    const found = this.#ever.get(id)
    // One that is not on the list has failed half-way, and is finished now.
    if (found !== undefined && found.until > wallNow && !this.#book.isRevoked(id)) return this.#list(wallNow)
    if (this.isRevoked(id)) throw clusterError('already-revoked', `${id} was revoked already`, 'nothing is left to do')
    if (!reason.isWellFormed() || new TextEncoder().encode(reason).length > reasonBytesMax) {
      throw clusterError('wrong-field', 'the reason is too long', `say it in ${reasonBytesMax} bytes`)
    }
    if (this.#ever.size >= revokedEverMax || this.#current(wallNow).length >= revocationsMax) {
      const most = `${revocationsMax} at once, ${revokedEverMax} ever`
      throw clusterError('overloaded', `the list of revocations is full (${most})`, 'make a new cluster')
    }
    const until = (wallNow + this.#lastsMs) as WallMillis
    this.#ever.set(id, { id, reason, revokedAt: wallNow, until })
    return this.#list(wallNow)
  }

  /**
   * To be called when the book has taken over another list, which only a copy of this authority can have made. Returns
   * a list of both if that one lacks somebody whom we have revoked, so that no revocation is lost.
   */
  reconcile(wallNow: WallMillis): Uint8Array | undefined {
    this.merge(this.#book.all())
    const lacks = this.#current(wallNow).some(({ id }) => !this.#book.isRevoked(id))
    return lacks ? this.#list(wallNow) : undefined
  }

  /** Whoever was revoked by a copy of this authority is revoked by it too, as far as there is room. */
  merge(revoked: readonly Revocation[]): void {
    for (const entry of revoked) {
      if (!this.#ever.has(entry.id) && this.#ever.size < clusterLimits.revokedEverMax) this.#ever.set(entry.id, entry)
    }
  }

  #list(wallNow: WallMillis): Uint8Array {
    const { cluster } = this.#key.facts
    const list = { number: this.#book.version.number + 1, issuedAt: wallNow, entries: this.#current(wallNow) }
    return writeRevocations(cluster, list, (message) => this.#key.sign(message))
  }

  #current(wallNow: WallMillis): readonly Revocation[] {
    return this.ever()
      .filter(({ until }) => until > wallNow)
      .slice(-clusterLimits.revocationsMax)
  }
}
