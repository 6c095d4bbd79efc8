import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis, type WallMillis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { Moment } from '../beacons/gate.ts'
import { isSameAddress } from '../ip-address.ts'
import type { PeerTableSettings } from './limits.ts'
import type { PeerStatus, StoredPeer } from './peer-store.ts'

/** News of a peer, proven by itself. */
export interface PeerNews {
  readonly id: NodeId
  readonly name: string
  readonly roles: readonly string[]
  readonly addresses: readonly Address[]
  readonly datagramAddresses: readonly Address[]
  /** When the peer said so, by our monotonic clock; never in the future. */
  readonly at: Millis
}

export interface KnownPeer extends Omit<PeerNews, 'at'> {
  readonly status: PeerStatus
  /** When it was connected or heard of last, by our monotonic clock; always now for one that is connected. */
  readonly seenAt: Millis
}

type Entry = { -readonly [Name in keyof KnownPeer]: KnownPeer[Name] }

/**
 * Whom we know: bounded, and cleaned of whom nobody has seen for long. Age is counted on the monotonic clock, so a jump
 * of the calendar makes nobody old; the calendar is only what stands in the store.
 */
export class PeerTable {
  readonly #settings: PeerTableSettings
  /** `size <= peersMax`, unless more are connected. */
  readonly #entries = new Map<NodeId, Entry>()
  /** Bounded by the network's own limit on connections. */
  readonly #connected = new Set<NodeId>()
  /** What the store does not know yet. */
  readonly #changed = new Set<NodeId>()
  readonly #forgotten = new Set<NodeId>()
  #version = 0

  constructor(settings: PeerTableSettings) {
    this.#settings = settings
  }

  /** Rises whenever somebody comes or goes or changes its addresses or status. */
  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#entries.size
  }

  get(id: NodeId): KnownPeer | undefined {
    return this.#entries.get(id)
  }

  /** Those seen last come first; those that are connected before all others. */
  list(): readonly KnownPeer[] {
    return [...this.#entries.values()].toSorted((one, other) => other.seenAt - one.seenAt)
  }

  /**
   * Takes in what an earlier run has stored. The time between the two runs does not count: a peer is as old as it was
   * when the store was written last, or a whole cluster that was off for a night would have forgotten itself.
   */
  load(stored: readonly StoredPeer[], now: Millis): void {
    const writtenAt = stored.reduce((latest, { lastSeen }) => Math.max(latest, lastSeen), -Infinity)
    for (const peer of stored) {
      const { id, name, roles, addresses, lastSeen } = peer
      const seenAt = after(now, lastSeen - writtenAt)
      // Nobody is connected yet; who is unreachable stays so until it is heard of.
      const status = peer.status === 'unreachable' ? 'unreachable' : 'seen'
      this.#entries.set(id, { id, name, roles, addresses, datagramAddresses: [], status, seenAt })
    }
    this.#version++
    this.clean(now)
  }

  heard(news: PeerNews): void {
    const { id, at, ...said } = news
    const addresses = said.addresses.slice(0, this.#settings.addressesPerPeerMax)
    const datagramAddresses = said.datagramAddresses.slice(0, this.#settings.addressesPerPeerMax)
    const entry = this.#entries.get(id)
    if (entry === undefined) {
      const status = this.#connected.has(id) ? 'connected' : 'seen'
      this.#entries.set(id, { ...said, id, addresses, datagramAddresses, status, seenAt: at })
      this.#forgotten.delete(id)
      this.#touch(id)
      this.#evict(id)
      return
    }
    const isBack = entry.status === 'unreachable' && at > entry.seenAt
    const isChanged = isBack || !isSame(entry.addresses, addresses)
    if (isBack) entry.status = 'seen'
    Object.assign(entry, said, { addresses, datagramAddresses, seenAt: Math.max(entry.seenAt, at) })
    this.#changed.add(id)
    if (isChanged) this.#version++
  }

  /** A connection came or went. Of whom nothing else is known, it is remembered until something is. */
  connected(id: NodeId, isUp: boolean, now: Millis): void {
    if (isUp) this.#connected.add(id)
    else this.#connected.delete(id)
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.status = isUp ? 'connected' : 'unreachable'
    entry.seenAt = now
    this.#touch(id)
  }

  /** Forgets whom nobody has seen for too long. */
  clean(now: Millis): void {
    for (const { id, status, seenAt } of this.#entries.values()) {
      if (status !== 'connected' && now - seenAt > this.#settings.forgetAfterMs) this.#forget(id)
    }
  }

  forget(id: NodeId): void {
    if (this.#entries.has(id)) this.#forget(id)
  }

  /** What has changed since the last call, for the store. */
  unstored({ now, wallNow }: Moment): { readonly upsert: readonly StoredPeer[]; readonly forget: readonly NodeId[] } {
    for (const entry of this.#entries.values()) {
      if (entry.status !== 'connected') continue
      entry.seenAt = now
      this.#changed.add(entry.id)
    }
    const upsert = [...this.#changed].flatMap((id): StoredPeer[] => {
      const entry = this.#entries.get(id)
      if (entry === undefined) return []
      const { name, roles, addresses, status } = entry
      const lastSeen = Math.max(0, Math.floor(wallNow - (now - entry.seenAt))) as WallMillis
      return [{ id, name, roles, addresses, status, lastSeen }]
    })
    const forget = [...this.#forgotten]
    this.#changed.clear()
    this.#forgotten.clear()
    return { upsert, forget }
  }

  #evict(newcomer: NodeId): void {
    if (this.#entries.size <= this.#settings.peersMax) return
    let oldest: Entry | undefined
    for (const entry of this.#entries.values()) {
      if (entry.status === 'connected' || entry.id === newcomer) continue
      if (oldest === undefined || entry.seenAt < oldest.seenAt) oldest = entry
    }
    this.#forget(oldest?.id ?? newcomer)
  }

  #forget(id: NodeId): void {
    this.#entries.delete(id)
    this.#changed.delete(id)
    this.#forgotten.add(id)
    this.#version++
  }

  #touch(id: NodeId): void {
    this.#changed.add(id)
    this.#version++
  }
}

function isSame(one: readonly Address[], other: readonly Address[]): boolean {
  return (
    one.length === other.length &&
    one.every((address, index) => isSameAddress(address, other[index] ?? { host: '', port: 0 }))
  )
}
