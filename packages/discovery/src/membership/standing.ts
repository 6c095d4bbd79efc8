import type { Millis } from '@flotilla/core/time'
import type { MemberStatus, MembershipEvent } from '../member.ts'
import { memberOf, type Emit } from './effect.ts'
import type { GossipQueue } from './gossip-queue.ts'
import { isHere, type MemberEntry, type MemberTable } from './member-table.ts'
import type { MembershipSettings } from './settings.ts'

type Told = Exclude<MembershipEvent['type'], 'degraded' | 'recovered' | 'overflow'>

/** Who counts as what: every change of a member's status goes through here, so that the counts are always right. */
export class Standing {
  readonly #table: MemberTable
  readonly #queue: GossipQueue
  readonly #emit: Emit
  readonly #suspects = new Set<MemberEntry>()
  #here = 0
  #alive = 0
  #known = 0

  constructor(table: MemberTable, queue: GossipQueue, emit: Emit) {
    this.#table = table
    this.#queue = queue
    this.#emit = emit
  }

  /** Members that are neither dead nor gone, ourselves included. */
  get size(): number {
    return this.#here + 1
  }

  /** Those that answer, ourselves included. */
  get seen(): number {
    return this.#alive + 1
  }

  /** All but those who left, ourselves included. */
  get known(): number {
    return this.#known + 1
  }

  get suspects(): ReadonlySet<MemberEntry> {
    return this.#suspects
  }

  /** A new entry counts from its first status on. */
  enter(entry: MemberEntry, status: MemberStatus): void {
    this.#table.add(entry)
    entry.status = status
    this.#count(entry, 1)
  }

  become(entry: MemberEntry, status: MemberStatus): void {
    this.#count(entry, -1)
    entry.status = status
    this.#count(entry, 1)
    if (status === 'suspect') this.#suspects.add(entry)
    else this.#suspects.delete(entry)
    if (status !== 'suspect') entry.suspicion = undefined
  }

  tell(type: Told, entry: MemberEntry): void {
    if (type === 'joined') entry.announced = true
    if (type === 'failed' || type === 'left') entry.announced = false
    this.#emit({ type: 'event', event: { type, member: memberOf(entry) } })
  }

  forget(entry: MemberEntry): void {
    this.#count(entry, -1)
    this.#suspects.delete(entry)
    this.#table.delete(entry.id)
    this.#queue.forget(entry.id)
  }

  forgetOld(now: Millis, { deadForgottenMs, leftForgottenMs }: MembershipSettings): void {
    for (const entry of this.#table.values()) {
      if (isHere(entry)) continue
      const keptMs = entry.status === 'left' ? leftForgottenMs : deadForgottenMs
      if (now - entry.sinceMs >= keptMs) this.forget(entry)
    }
  }

  /** Who is gone for longest makes room: first of those who left, then of those who died and cannot refute any more. */
  hasRoom(now: Millis, { membersMax, gossipToDeadMs }: MembershipSettings): boolean {
    if (this.#table.size + 1 < membersMax) return true
    let oldest: MemberEntry | undefined
    for (const entry of this.#table.values()) {
      if (isHere(entry) || (entry.status === 'dead' && now - entry.sinceMs < gossipToDeadMs)) continue
      if (oldest === undefined || isGoneBefore(entry, oldest)) oldest = entry
    }
    if (oldest !== undefined) this.forget(oldest)
    return oldest !== undefined
  }

  #count(entry: MemberEntry, by: 1 | -1): void {
    this.#here += isHere(entry) ? by : 0
    this.#alive += entry.status === 'alive' ? by : 0
    this.#known += entry.status === 'left' ? 0 : by
  }
}

function isGoneBefore(one: MemberEntry, other: MemberEntry): boolean {
  if (one.status !== other.status) return one.status === 'left'
  return one.sinceMs < other.sinceMs
}
