import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Index } from '../types.ts'

const never = -Infinity as Millis
const nowhere = 0 as Index

/**
 * How old the state of a member is that does not lead: when did it last have all that its leader had told it of?
 *
 * Heartbeats alone do not show it. What they say is decided is never beyond what this member is known to have, so one
 * whose disk stalls, or that waits for a snapshot, would take itself for up to date for ever. What counts is an append,
 * or that the group goes quiet, as both tell all; from then on, until the leader is lost, a heartbeat says that there
 * was nothing more. Entries that were sent count as well as those that are decided, and are waited for alike.
 */
export class Freshness {
  #leader: NodeId | undefined
  /** Who told all that it had, most recently, and how far that went. */
  #teller: NodeId | undefined
  #toldTo: Index = nowhere
  /** Whoever says that this is decided is right, whether it leads or not. */
  #decided: Index = nowhere
  /** What this leader told of, all in all, and when it was last heard. */
  #latest: Index = nowhere
  #latestAt: Millis = never
  /** What it had told of at some time before; once that is applied, the state is as old as that. */
  #next: Index = nowhere
  #nextAt: Millis = never
  #reachedAt: Millis = never

  /** An append, or that everybody has everything: what is decided, and how far its entries go. */
  told(now: Millis, from: NodeId, commit: Index, end: Index, applied: Index): void {
    this.#teller = from
    this.#toldTo = end
    if (commit > this.#decided) this.#decided = commit
    if (from !== this.#leader) return
    this.#latest = Math.max(this.#latest, commit, end) as Index
    this.#mark(now, applied)
  }

  /** It is there, and has sent nothing that has not come. */
  beaten(now: Millis, from: NodeId, applied: Index): void {
    if (from === this.#leader && from === this.#teller) this.#mark(now, applied)
  }

  /** Entries that another leader has sent may never come to be decided. */
  led(now: Millis, leader: NodeId | undefined, applied: Index): void {
    this.#reach(applied)
    this.#leader = leader
    this.#latest = this.#decided
    this.#latestAt = this.#reachedAt
    if (leader === undefined || leader !== this.#teller) {
      this.#teller = undefined
    } else {
      // It became known by what it told.
      this.#latest = Math.max(this.#decided, this.#toldTo) as Index
      this.#latestAt = now
    }
    this.#next = this.#latest
    this.#nextAt = this.#latestAt
  }

  /** Whether nothing is known of that is not applied. */
  isCurrent(applied: Index): boolean {
    return this.#leader !== undefined && this.#teller === this.#leader && applied >= this.#latest
  }

  /** Milliseconds since the state was, as far as this node can tell, the leader's. */
  staleMs(now: Millis, applied: Index): number {
    this.#reach(applied)
    return now - this.#reachedAt
  }

  #mark(now: Millis, applied: Index): void {
    this.#latestAt = now
    if (applied < this.#next) return
    this.#reach(applied)
    this.#next = this.#latest
    this.#nextAt = now
  }

  #reach(applied: Index): void {
    if (applied >= this.#latest) this.#reachedAt = Math.max(this.#reachedAt, this.#latestAt) as Millis
    else if (applied >= this.#next) this.#reachedAt = Math.max(this.#reachedAt, this.#nextAt) as Millis
  }
}
