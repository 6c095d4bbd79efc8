import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Ban } from '../transport.ts'

/** Who is to stay out, and until when. */
export class Bans {
  readonly #bansMax: number
  readonly #bans = new Map<NodeId, Ban>()

  constructor(bansMax: number) {
    this.#bansMax = bansMax
  }

  /** A ban that is there already is only ever made longer. */
  add(now: Millis, peer: NodeId, reason: string, durationMs: number): void {
    this.#expire(now)
    const until = after(now, durationMs)
    const known = this.#bans.get(peer)
    if (known !== undefined && known.until >= until) return
    if (known === undefined && this.#bans.size >= this.#bansMax) this.#dropFirstToEnd()
    this.#bans.set(peer, { peer, reason, until })
  }

  lift(peer: NodeId): void {
    this.#bans.delete(peer)
  }

  get(now: Millis, peer: NodeId): Ban | undefined {
    const ban = this.#bans.get(peer)
    return ban !== undefined && ban.until > now ? ban : undefined
  }

  list(now: Millis): readonly Ban[] {
    this.#expire(now)
    return [...this.#bans.values()]
  }

  /** When the next ban ends. */
  deadline(now: Millis): Millis {
    let first = Infinity
    for (const { until } of this.#bans.values()) if (until > now && until < first) first = until
    return first as Millis
  }

  #expire(now: Millis): void {
    for (const [peer, { until }] of this.#bans) if (until <= now) this.#bans.delete(peer)
  }

  #dropFirstToEnd(): void {
    let first: Ban | undefined
    for (const ban of this.#bans.values()) if (first === undefined || ban.until < first.until) first = ban
    if (first !== undefined) this.#bans.delete(first.peer)
  }
}
