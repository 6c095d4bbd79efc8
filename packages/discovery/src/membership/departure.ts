import type { NodeId } from '@flotilla/core/ids'
import { after, type Millis } from '@flotilla/core/time'
import type { Beliefs } from './beliefs.ts'
import type { Emit } from './effect.ts'
import type { MemberTable } from './member-table.ts'
import type { OwnRecord } from './own-record.ts'
import type { Post } from './post.ts'
import type { MembershipSettings } from './settings.ts'
import type { Standing } from './standing.ts'

export interface DepartureOptions {
  readonly settings: MembershipSettings
  readonly table: MemberTable
  readonly standing: Standing
  readonly post: Post
  readonly own: OwnRecord
  readonly beliefs: Beliefs
  readonly emit: Emit
  readonly nextSequence: () => number
}

/** How often members are asked whether they know that we leave, until enough of them do. */
const asksMax = 8

/** Leaving: some members say that they know it, then we may go; the rest learn it from them. */
export class Departure {
  readonly #options: DepartureOptions
  readonly #sequences = new Set<number>()
  readonly #witnesses = new Set<NodeId>()
  #endsAt = Infinity
  #askAt = Infinity
  #hasBegun = false

  constructor(options: DepartureOptions) {
    this.#options = options
  }

  get hasBegun(): boolean {
    return this.#hasBegun
  }

  get deadline(): Millis {
    return Math.min(this.#askAt, this.#endsAt) as Millis
  }

  /** The record that says so is in the queue already, so every message from now on carries it. */
  begin(now: Millis): void {
    if (this.#hasBegun) return
    this.#hasBegun = true
    this.#askAt = now
    this.#endsAt = after(now, this.#options.settings.leaveTimeoutMs)
  }

  acked(from: NodeId, sequence: number): void {
    if (this.#sequences.has(sequence)) this.#witnesses.add(from)
  }

  due(now: Millis): void {
    if (this.#endsAt === Infinity) return
    const { settings, table, own, beliefs, post, emit, nextSequence } = this.#options
    const wanted = this.#wanted()
    if (this.#witnesses.size >= wanted || now >= this.#endsAt) {
      this.#askAt = Infinity
      this.#endsAt = Infinity
      return emit({ type: 'departed', witnesses: this.#witnesses.size })
    }
    if (now < this.#askAt) return
    this.#askAt = after(now, Math.max(settings.gossipIntervalMs, settings.leaveTimeoutMs / asksMax))
    for (const entry of table.pick(wanted, ({ id, status }) => status === 'alive' && !this.#witnesses.has(id))) {
      const sequence = nextSequence()
      this.#sequences.add(sequence)
      post.send(entry, { type: 'ping', sequence }, { first: beliefs.bareOf(own.record, own.signed) })
    }
  }

  #wanted(): number {
    return Math.min(this.#options.settings.leaveWitnesses, this.#options.standing.size - 1)
  }
}
