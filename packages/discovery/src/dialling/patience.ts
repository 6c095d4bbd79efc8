import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import type { DiallingSettings } from './limits.ts'

/**
 * Whom not to dial yet. When ten machines start at once, 45 handshakes of TLS take seconds of their processors; members
 * know each other by datagrams meanwhile, if these do not have to wait behind the handshakes. So nobody who was heard
 * by air is dialled before the air is calm. And of two that heard each other the one with the lower id dials first, so
 * that no handshake is made twice.
 */
export class Patience {
  readonly #settings: DiallingSettings
  readonly #self: NodeId
  readonly #prng: Prng
  /** Heard since the air was calm. */
  readonly #burst = new Set<NodeId>()
  /** Those with lower ids, for which it was calm, and when to dial them. */
  readonly #crossing = new Map<NodeId, Millis>()
  #burstEndsAt = -Infinity as Millis
  #calmAt = -Infinity as Millis

  constructor(options: { readonly settings: DiallingSettings; readonly self: NodeId; readonly prng: Prng }) {
    this.#settings = options.settings
    this.#self = options.self
    this.#prng = options.prng
  }

  /** When the next of them may be dialled. */
  get deadline(): Millis {
    let first: number = this.#burst.size > 0 ? this.#calmAt : Infinity
    for (const at of this.#crossing.values()) first = Math.min(first, at)
    return first as Millis
  }

  /** A member was heard for the first time. */
  heard(now: Millis, id: NodeId): void {
    this.due(now)
    const { dialCalmMs, dialCalmMsMax } = this.#settings
    if (this.#burst.size === 0) this.#burstEndsAt = after(now, dialCalmMsMax)
    this.#burst.add(id)
    const drawnMs = this.#prng.below(1 + Math.floor(dialCalmMs / 4))
    this.#calmAt = Math.min(this.#burstEndsAt, after(now, dialCalmMs + drawnMs)) as Millis
  }

  /** It is connected, or forgotten. */
  drop(id: NodeId): void {
    this.#burst.delete(id)
    this.#crossing.delete(id)
  }

  isWaiting(id: NodeId): boolean {
    return this.#burst.has(id) || this.#crossing.has(id)
  }

  /** Whether somebody may be dialled now who might not before. */
  due(now: Millis): boolean {
    const waitingBefore = this.#burst.size + this.#crossing.size
    if (this.#calmAt <= now) {
      const { dialCrossingMs } = this.#settings
      for (const id of this.#burst) if (id < this.#self) this.#crossing.set(id, after(this.#calmAt, dialCrossingMs))
      this.#burst.clear()
    }
    for (const [id, at] of this.#crossing) if (at <= now) this.#crossing.delete(id)
    return this.#burst.size + this.#crossing.size < waitingBefore
  }
}
