import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import type { Emit } from './effect.ts'
import type { MembershipSettings } from './settings.ts'

/**
 * With whom to compare everything, and when: with each peer as soon as it is connected, with whoever says something
 * that we do not understand, and with somebody now and then.
 */
export class ExchangeSchedule {
  readonly #settings: MembershipSettings
  readonly #prng: Prng
  readonly #emit: Emit
  /** Peers with a connection, and when we last compared with them. */
  readonly #connected = new Map<NodeId, Millis>()
  /** In order of asking; only peers with a connection. */
  readonly #wanted = new Set<NodeId>()
  readonly #inFlight = new Set<NodeId>()
  /** How often comparing with a connected peer failed in a row; those that never did are not in it. */
  readonly #failures = new Map<NodeId, number>()
  #nextAt: Millis

  constructor(settings: MembershipSettings, prng: Prng, emit: Emit, now: Millis) {
    this.#settings = settings
    this.#prng = prng
    this.#emit = emit
    this.#nextAt = after(now, prng.below(settings.exchangeIntervalMs))
  }

  get deadline(): Millis {
    let first: number = this.#nextAt
    if (this.#inFlight.size < this.#settings.exchangesInFlightMax) {
      for (const peer of this.#wanted) first = Math.min(first, this.#earliest(peer))
    }
    return first as Millis
  }

  up(peer: NodeId): void {
    this.#connected.set(peer, this.#connected.get(peer) ?? (-Infinity as Millis))
    this.#wanted.add(peer)
  }

  down(peer: NodeId): void {
    this.#connected.delete(peer)
    this.#wanted.delete(peer)
    this.#failures.delete(peer)
  }

  /** What this peer knows would help; any other may know it too, where that one has no connection to us. */
  want(peer: NodeId): void {
    if (this.#connected.has(peer)) this.#wanted.add(peer)
    else if (this.#connected.size > 0 && this.#wanted.size === 0) this.#wanted.add(this.#anybody())
  }

  /** One that failed is tried again, each time later: the peer may only just be starting. */
  ended(peer: NodeId, succeeded: boolean): void {
    this.#inFlight.delete(peer)
    if (succeeded) this.#failures.delete(peer)
    if (succeeded || !this.#connected.has(peer)) return
    this.#failures.set(peer, (this.#failures.get(peer) ?? 0) + 1)
    this.#wanted.add(peer)
  }

  due(now: Millis): void {
    if (this.#nextAt <= now) {
      this.#nextAt = after(now, this.#settings.exchangeIntervalMs)
      if (this.#connected.size > 0) this.#wanted.add(this.#anybody())
    }
    for (const peer of this.#wanted) {
      if (this.#inFlight.size >= this.#settings.exchangesInFlightMax) return
      if (this.#earliest(peer) > now) continue
      this.#wanted.delete(peer)
      this.#inFlight.add(peer)
      this.#connected.set(peer, now)
      this.#emit({ type: 'exchange', peer })
    }
  }

  #earliest(peer: NodeId): number {
    if (this.#inFlight.has(peer)) return Infinity
    const { exchangeGapMs, exchangeIntervalMs } = this.#settings
    const gapMs = exchangeGapMs * 2 ** (this.#failures.get(peer) ?? 0)
    return (this.#connected.get(peer) ?? -Infinity) + Math.min(gapMs, exchangeIntervalMs)
  }

  #anybody(): NodeId {
    return this.#prng.pick([...this.#connected.keys()])
  }
}
