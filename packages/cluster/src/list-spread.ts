import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Beat } from './channel-messages.ts'
import { clusterLimits, type ClusterSettings } from './config.ts'
import { compareVersions, noList, type ListVersion } from './revocation-list.ts'

export type SpreadInput =
  | { readonly type: 'up' | 'down'; readonly peer: NodeId }
  | { readonly type: 'beat'; readonly peer: NodeId; readonly beat: Beat }
  /** Our own list is another now. */
  | { readonly type: 'changed'; readonly version: ListVersion }
  /** A pull has ended. What came has this version, `noList` if it was no list at all; undefined if nothing came. */
  | { readonly type: 'pulled'; readonly peer: NodeId; readonly version: ListVersion | undefined }
  | { readonly type: 'wake' }

export type SpreadEffect =
  | { readonly type: 'tell'; readonly peer: NodeId }
  | { readonly type: 'pull'; readonly peer: NodeId }

interface Peer {
  claimed: ListVersion
  isAuthority: boolean
  /** What it claimed when we asked it for its list; undefined while we do not wait for its answer. */
  pulledFor: ListVersion | undefined
  /** Until then we do not ask it: it promised more than it had, or did not answer. */
  askAt: Millis
}

/**
 * How the latest list reaches everybody. Each member tells its neighbours the number of its list when they connect,
 * when it changes and once each heartbeat; who hears of a later one fetches it, and tells its own neighbours in turn.
 * So a change crosses the cluster in as many round trips as it is wide, and a notice that was lost costs one heartbeat.
 */
export class ListSpread {
  readonly #settings: ClusterSettings
  readonly #peers = new Map<NodeId, Peer>()
  #version: ListVersion
  #beatAt: Millis
  /** `0 <= pulls <= pullsMax`: the peers that are being asked. */
  #pulls = 0
  #effects: SpreadEffect[] = []

  constructor(settings: ClusterSettings, version: ListVersion, now: Millis) {
    this.#settings = settings
    this.#version = version
    this.#beatAt = after(now, settings.heartbeatMs)
  }

  /** Connected peers that say that they hold the authority. */
  authorities(): readonly NodeId[] {
    return [...this.#peers].filter(([, { isAuthority }]) => isAuthority).map(([peer]) => peer)
  }

  step(now: Millis, input: SpreadInput): void {
    switch (input.type) {
      case 'up':
        this.#peers.set(input.peer, { claimed: noList, isAuthority: false, pulledFor: undefined, askAt: now })
        this.#effects.push({ type: 'tell', peer: input.peer })
        break
      case 'down':
        if (this.#peers.get(input.peer)?.pulledFor !== undefined) this.#pulls--
        this.#peers.delete(input.peer)
        break
      case 'beat':
        this.#heard(input.peer, input.beat)
        break
      case 'changed':
        this.#version = input.version
        this.#tellAll()
        break
      case 'pulled':
        this.#pulled(now, input.peer, input.version)
        break
      case 'wake':
        break
    }
    if (now >= this.#beatAt) {
      this.#beatAt = after(now, this.#settings.heartbeatMs)
      this.#tellAll()
    }
    this.#pull(now)
  }

  drain(): readonly SpreadEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    return this.#beatAt
  }

  #heard(from: NodeId, { number, tip, isAuthority }: Beat): void {
    const peer = this.#peers.get(from)
    if (peer === undefined) return
    peer.claimed = { number, tip }
    peer.isAuthority = isAuthority
  }

  #pulled(now: Millis, from: NodeId, version: ListVersion | undefined): void {
    const peer = this.#peers.get(from)
    if (peer?.pulledFor === undefined) return
    const kept = version !== undefined && compareVersions(version, peer.pulledFor) >= 0
    peer.pulledFor = undefined
    this.#pulls--
    if (kept) return
    peer.askAt = after(now, version === undefined ? this.#settings.heartbeatMs : this.#settings.distrustMs)
  }

  #tellAll(): void {
    for (const peer of this.#peers.keys()) this.#effects.push({ type: 'tell', peer })
  }

  /** Asks the peers that claim the latest list first, few at a time. */
  #pull(now: Millis): void {
    while (this.#pulls < clusterLimits.pullsMax) {
      let best: [NodeId, Peer] | undefined
      for (const [id, peer] of this.#peers) {
        const isAskable = peer.pulledFor === undefined && now >= peer.askAt
        if (!isAskable || compareVersions(peer.claimed, this.#version) <= 0) continue
        if (best === undefined || compareVersions(peer.claimed, best[1].claimed) > 0) best = [id, peer]
      }
      if (best === undefined) return
      best[1].pulledFor = best[1].claimed
      this.#pulls++
      this.#effects.push({ type: 'pull', peer: best[0] })
    }
  }
}
