import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { Millis } from '@flotilla/core/time'
import { goodbye, type Goodbye } from '../connection/goodbye.ts'
import type { TransportLimits } from '../limits.ts'
import type { DialTarget } from '../transport.ts'
import { Bans } from './bans.ts'
import { newcomerWins, type Contender } from './crossing.ts'
import { Dialler, type Dial, type DialNumber } from './dialler.ts'
import { IncomingGate } from './incoming-gate.ts'

/** A connection as the mesh knows it. `Key` is the driver's, the mesh only hands it back. */
export interface Acquaintance<Key> extends Contender {
  readonly key: Key
  readonly openedAt: Millis
}

export type Judgement<Key> =
  /** Take it into use; the one that it replaces is to be closed first. */
  | { readonly type: 'open'; readonly replaced: Key | undefined }
  /** Close it; there may be doubt whether the one that is kept still lives. */
  | { readonly type: 'refuse'; readonly goodbye: Goodbye; readonly doubted: Key | undefined }

/**
 * Whom to be connected with: one connection for each two nodes, within limits, without those who are banned. It owns no
 * socket and no clock: the driver tells what happens and does what it says.
 */
export class MeshCore<Key> {
  readonly bans: Bans
  readonly gate: IncomingGate
  readonly #self: NodeId
  readonly #limits: TransportLimits
  readonly #dialler: Dialler
  readonly #open = new Map<NodeId, Acquaintance<Key>>()
  /** Nodes that a dial of ours has reached and greeted, without an answer yet. */
  readonly #greeting = new Map<DialNumber, NodeId>()

  constructor(options: { readonly self: NodeId; readonly limits: TransportLimits; readonly prng: Prng }) {
    const { self, limits, prng } = options
    this.#self = self
    this.#limits = limits
    this.bans = new Bans(limits.bansMax)
    this.gate = new IncomingGate(limits)
    const isSpared = (now: Millis, id: NodeId): boolean => this.#open.has(id) || this.bans.get(now, id) !== undefined
    this.#dialler = new Dialler({ self, limits, prng, isSpared })
  }

  get openCount(): number {
    return this.#open.size
  }

  openWith(peer: NodeId): Key | undefined {
    return this.#open.get(peer)?.key
  }

  setTargets(now: Millis, targets: readonly DialTarget[]): void {
    this.#dialler.setTargets(now, targets)
  }

  /** The next dial that is due, if there is one and a place for it. */
  nextDial(now: Millis): Dial | undefined {
    return this.#hasPlaceToDial() ? this.#dialler.nextDial(now) : undefined
  }

  /** When to ask for a dial again, if nothing happens before. */
  deadline(now: Millis): Millis {
    if (!this.#hasPlaceToDial()) return Infinity as Millis
    return Math.min(this.#dialler.deadline(now), this.bans.deadline(now)) as Millis
  }

  /** A dial reached somebody. Returns whether to greet; else the link is of no use, and the dial is over. */
  reached(now: Millis, dial: Dial, peer: NodeId): 'greet' | 'wrong-peer' | 'self' | 'connected' | 'banned' {
    const verdict = this.#verdictOn(now, dial, peer)
    if (verdict === 'greet') this.#greeting.set(dial.number, peer)
    else if (verdict === 'self') this.#dialler.foundSelf(now, dial.number, dial.address)
    else if (verdict === 'connected') this.#dialler.succeeded(dial.number, peer)
    else this.#dialler.failed(now, dial.number)
    return verdict
  }

  /** A dial failed, or its greeting did. */
  dialFailed(now: Millis, dial: Dial): void {
    this.#greeting.delete(dial.number)
    this.#dialler.failed(now, dial.number)
  }

  /** Somebody greeted: takes the connection or not. `dial` is ours that led to it, if one did. */
  judge(now: Millis, peer: NodeId, newcomer: Contender & { readonly key: Key }, dial?: Dial): Judgement<Key> {
    if (dial !== undefined) this.#greeting.delete(dial.number)
    const judgement = this.#judge(now, peer, newcomer)
    if (judgement.type === 'open') {
      this.#open.set(peer, { ...newcomer, openedAt: now })
      if (dial !== undefined) this.#dialler.succeeded(dial.number, peer)
    } else if (dial !== undefined) {
      this.#dialler.failed(now, dial.number)
    }
    return judgement
  }

  /** A connection that was open is not any more. */
  ended(now: Millis, peer: NodeId, key: Key): void {
    const open = this.#open.get(peer)
    if (open?.key !== key) return
    this.#open.delete(peer)
    this.#dialler.ended(now, peer, now - open.openedAt)
  }

  #judge(now: Millis, peer: NodeId, newcomer: Contender): Judgement<Key> {
    const ban = this.bans.get(now, peer)
    if (ban !== undefined) return refused(goodbye('banned', `${this.#self} has banned it: ${ban.reason}`))
    const open = this.#open.get(peer)
    if (open !== undefined) {
      if (newcomerWins(this.#self, peer, open, newcomer)) return { type: 'open', replaced: open.key }
      return refused(goodbye('crossed', 'another connection of the two is kept'), open.key)
    }
    const isCrossed = !newcomer.dialledHere && this.#self < peer && [...this.#greeting.values()].includes(peer)
    if (isCrossed) return refused(goodbye('crossed', `${this.#self} is connecting already`))
    const { connectionsMax } = this.#limits
    if (this.#open.size < connectionsMax) return { type: 'open', replaced: undefined }
    return refused(goodbye('overloaded', `${this.#self} has ${connectionsMax} connections (connectionsMax)`))
  }

  #verdictOn(now: Millis, dial: Dial, peer: NodeId): 'greet' | 'wrong-peer' | 'self' | 'connected' | 'banned' {
    if (peer === this.#self) return 'self'
    if (dial.expected !== undefined && dial.expected !== peer) return 'wrong-peer'
    if (this.bans.get(now, peer) !== undefined) return 'banned'
    return this.#open.has(peer) ? 'connected' : 'greet'
  }

  #hasPlaceToDial(): boolean {
    const { connectionsMax, connectionsReserved } = this.#limits
    return this.#open.size + this.#dialler.inFlight < connectionsMax - connectionsReserved
  }
}

function refused<Key>(said: Goodbye, doubted?: Key): Judgement<Key> {
  return { type: 'refuse', goodbye: said, doubted }
}
