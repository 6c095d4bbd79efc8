import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { Wire, WireFrame } from '@flotilla/core/testing'
import { within, type FaultPlan, type MessageFault } from './fault-plan.ts'

/** What the wire needs of the world. */
export interface WireWorld {
  nowMs(): number
  /** Runs `arrive` on the receiving host at that time: later if it is paused, never if it is dead by then. */
  arriveAt(atMs: number, to: NodeId, arrive: () => void): void
  note(frame: WireFrame, what: 'sent' | 'lost' | 'held' | 'doubled'): void
}

interface Link {
  /** How many faults cut it at the moment. */
  cuts: number
  slowFactor: number
  /** The last reliable frame arrives then; the next one not before. */
  reliableAtMs: number
  /** The last publication arrives then; the next one not before. */
  publicationAtMs: number
  /** Reliable frames that a cut holds back, oldest first. */
  held: HeldFrame[]
}

interface HeldFrame {
  readonly frame: WireFrame
  readonly deliver: () => void
}

/**
 * The network between simulated hosts. Notices are lost, doubled and reordered as the plan says; publications are lost,
 * but keep their order. Whatever rides on a connection keeps its order: a cut holds it back, as retransmission would,
 * until the cut heals or the connection breaks.
 */
export class FaultyWire implements Wire {
  readonly #world: WireWorld
  readonly #random: Prng
  readonly #links = new Map<string, Link>()
  #plan: FaultPlan

  constructor(world: WireWorld, random: Prng, plan: FaultPlan) {
    this.#world = world
    this.#random = random
    this.#plan = plan
  }

  set plan(plan: FaultPlan) {
    this.#plan = plan
  }

  carry(frame: WireFrame, deliver: () => void): void {
    const link = this.#link(frame.from, frame.to)
    if (frame.reliable) return this.#carryReliable(link, { frame, deliver })
    if (link.cuts > 0 || this.#drawn('loss')) return this.#world.note(frame, 'lost')
    this.#world.note(frame, 'sent')
    if (frame.kind === 'publication') return this.#arriveInOrder(link, frame, deliver)
    this.#arrive(frame, deliver, this.#delayMs(link) * (this.#drawn('reordering') ? this.#random.between(2, 20) : 1))
    if (!this.#drawn('duplication')) return
    this.#world.note(frame, 'doubled')
    this.#arrive(frame, deliver, this.#delayMs(link) * this.#random.between(1, 20))
  }

  cut(from: NodeId, to: NodeId): void {
    this.#link(from, to).cuts++
  }

  heal(from: NodeId, to: NodeId): void {
    const link = this.#link(from, to)
    link.cuts = Math.max(0, link.cuts - 1)
    if (link.cuts > 0) return
    const held = link.held
    link.held = []
    for (const one of held) this.#carryReliable(link, one)
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#link(from, to).cuts > 0
  }

  slow(from: NodeId, to: NodeId, factor: number): void {
    this.#link(from, to).slowFactor = factor
  }

  /** Forgets what the cuts hold back between these two: their connection broke. */
  drop(one: NodeId, other: NodeId): void {
    this.#link(one, other).held = []
    this.#link(other, one).held = []
  }

  #carryReliable(link: Link, { frame, deliver }: HeldFrame): void {
    if (link.cuts > 0) {
      this.#world.note(frame, 'held')
      link.held.push({ frame, deliver })
      return
    }
    this.#world.note(frame, 'sent')
    link.reliableAtMs = Math.max(link.reliableAtMs, this.#world.nowMs() + this.#delayMs(link))
    this.#world.arriveAt(link.reliableAtMs, frame.to, deliver)
  }

  #arriveInOrder(link: Link, frame: WireFrame, deliver: () => void): void {
    link.publicationAtMs = Math.max(link.publicationAtMs, this.#world.nowMs() + this.#delayMs(link))
    this.#world.arriveAt(link.publicationAtMs, frame.to, deliver)
  }

  #arrive(frame: WireFrame, deliver: () => void, delayMs: number): void {
    this.#world.arriveAt(this.#world.nowMs() + delayMs, frame.to, deliver)
  }

  #delayMs(link: Link): number {
    return within(this.#random, this.#plan.latencyMs) * link.slowFactor
  }

  #drawn(kind: MessageFault): boolean {
    const perMille = this.#plan.message.get(kind)
    return perMille !== undefined && this.#random.chance(perMille, 1_000)
  }

  #link(from: NodeId, to: NodeId): Link {
    const key = `${from}>${to}`
    const known = this.#links.get(key)
    if (known !== undefined) return known
    const link: Link = { cuts: 0, slowFactor: 1, reliableAtMs: 0, publicationAtMs: 0, held: [] }
    this.#links.set(key, link)
    return link
  }
}
