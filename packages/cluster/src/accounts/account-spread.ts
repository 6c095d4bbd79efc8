import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import { equalInConstantTime as equal } from '../byte-string.ts'
import type { BookState } from './account-book.ts'
import { accountLimits } from './config.ts'

export interface AccountSpreadSettings {
  /** How often members tell each other of their book. */
  readonly heartbeatMs: number
  /** The longest time that a peer is not asked whose book has had nothing new. */
  readonly distrustMs: number
}

export type AccountSpreadInput =
  | { readonly type: 'up' | 'down'; readonly peer: NodeId }
  | { readonly type: 'beat'; readonly peer: NodeId; readonly state: BookState }
  /** Our own book is another now. */
  | { readonly type: 'changed'; readonly state: BookState }
  /** A pull has ended; `hadNews`: undefined if it failed. */
  | { readonly type: 'pulled'; readonly peer: NodeId; readonly hadNews: boolean | undefined }
  | { readonly type: 'wake' }

export type AccountSpreadEffect =
  | { readonly type: 'tell'; readonly peer: NodeId }
  | { readonly type: 'pull'; readonly peer: NodeId }

interface Peer {
  claimed: BookState | undefined
  /** Since when its book is not ours; undefined while it is. */
  differsSince: Millis | undefined
  isPulled: boolean
  /** Pulls in a row that brought nothing. */
  fruitless: number
  askAt: Millis
}

/**
 * How all members come to the same book. Each tells its neighbours what its book is when they connect, when it changes
 * and once each heartbeat; who hears of another book fetches it, takes over what is new, and tells its neighbours in
 * turn. A book that seems to be behind ours is left time to catch up, and who promises news that there are none of is
 * asked ever more rarely.
 */
export class AccountSpread {
  readonly #settings: AccountSpreadSettings
  readonly #peers = new Map<NodeId, Peer>()
  #state: BookState
  #beatAt: Millis
  /** `0 <= pulls <= pullsMax`. */
  #pulls = 0
  #effects: AccountSpreadEffect[] = []

  constructor(settings: AccountSpreadSettings, state: BookState, now: Millis) {
    this.#settings = settings
    this.#state = state
    this.#beatAt = after(now, settings.heartbeatMs)
  }

  step(now: Millis, input: AccountSpreadInput): void {
    switch (input.type) {
      case 'up':
        this.#forget(input.peer)
        this.#peers.set(input.peer, {
          claimed: undefined,
          differsSince: undefined,
          isPulled: false,
          fruitless: 0,
          askAt: now,
        })
        this.#effects.push({ type: 'tell', peer: input.peer })
        break
      case 'down':
        this.#forget(input.peer)
        break
      case 'beat': {
        const peer = this.#peers.get(input.peer)
        if (peer === undefined) break
        peer.claimed = input.state
        this.#compare(now, peer)
        break
      }
      case 'changed':
        this.#state = input.state
        for (const peer of this.#peers.values()) this.#compare(now, peer)
        this.#tellAll()
        break
      case 'pulled':
        this.#pulled(now, input.peer, input.hadNews)
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

  drain(): readonly AccountSpreadEffect[] {
    const effects = this.#effects
    this.#effects = []
    return effects
  }

  deadline(): Millis {
    return this.#beatAt
  }

  #forget(id: NodeId): void {
    if (this.#peers.get(id)?.isPulled === true) this.#pulls--
    this.#peers.delete(id)
  }

  #compare(now: Millis, peer: Peer): void {
    const isSame = peer.claimed === undefined || equal(peer.claimed.digest, this.#state.digest)
    peer.differsSince = isSame ? undefined : (peer.differsSince ?? now)
  }

  #pulled(now: Millis, from: NodeId, hadNews: boolean | undefined): void {
    const peer = this.#peers.get(from)
    if (peer === undefined || !peer.isPulled) return
    peer.isPulled = false
    this.#pulls--
    peer.fruitless = hadNews === true ? 0 : peer.fruitless + 1
    const { heartbeatMs, distrustMs } = this.#settings
    const waitMs = hadNews === true ? 0 : Math.min(distrustMs, heartbeatMs * 2 ** Math.min(peer.fruitless, 20))
    peer.askAt = after(now, waitMs)
  }

  #tellAll(): void {
    for (const peer of this.#peers.keys()) this.#effects.push({ type: 'tell', peer })
  }

  #pull(now: Millis): void {
    const { heartbeatMs } = this.#settings
    for (const [id, peer] of this.#peers) {
      if (this.#pulls >= accountLimits.pullsMax) return
      if (peer.isPulled || peer.claimed === undefined || peer.differsSince === undefined || now < peer.askAt) continue
      const seemsBehind = peer.claimed.latest < this.#state.latest
      if (seemsBehind && now < after(peer.differsSince, accountLimits.patienceBeats * heartbeatMs)) continue
      peer.isPulled = true
      this.#pulls++
      this.#effects.push({ type: 'pull', peer: id })
    }
  }
}
