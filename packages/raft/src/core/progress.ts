import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { RaftSettings } from '../settings.ts'
import type { Index, SnapshotMark } from '../types.ts'
import { InFlightWindow } from './in-flight-window.ts'

/**
 * What a leader knows of one member.
 *
 * - `probe`: it is not known where the logs part; one message at a time asks.
 * - `replicate`: they agree up to `next - 1` as far as we know; messages follow each other without waiting.
 * - `snapshot`: what it needs is compacted; it gets nothing until it has a snapshot.
 */
export class Progress {
  readonly id: NodeId
  readonly window: InFlightWindow
  state: 'probe' | 'replicate' | 'snapshot' = 'probe'
  /** Durable there, and equal to ours. 0 <= match < next. */
  match = 0 as Index
  /** What is sent next. */
  next: Index
  /** The highest round that it has answered. */
  round = 0
  heardAt: Millis
  /** When it last said what it has: silence about that for long means that an answer was lost. */
  reachedAt: Millis
  /** The commit index that was sent to it last. */
  toldCommit = 0 as Index
  /** The round that was the last one begun when `match` last rose: an answer to a later one has to know of it. */
  matchRound = 0
  /** At the last tick: its round, and what had been sent by then. */
  tickRound = 0
  tickNext: Index
  /** A probe is under way, up to this index, since then. */
  probing = false
  probedTo = 0 as Index
  probedAt = 0 as Millis
  /** The round when the probe was sent: answers to later ones come from after it. */
  probeRound = 0
  /** A snapshot is being brought to it. */
  bringing = false
  /** Not before this is a snapshot brought again, after one that failed. */
  bringAt = 0 as Millis
  /** It has what the last snapshot that was brought stands for, once it has said so. */
  brought: SnapshotMark | undefined
  /** It lost what it had said was durable; it counts for nothing any more. */
  lostData = false

  constructor(id: NodeId, next: Index, now: Millis, settings: RaftSettings) {
    this.id = id
    this.next = next
    this.tickNext = next
    this.heardAt = now
    this.reachedAt = now
    this.window = new InFlightWindow(settings.appendsInFlightMax, settings.appendBytesInFlightMax)
  }

  /** Asks again where the logs part, from `next` on. */
  probeFrom(next: Index): void {
    this.state = 'probe'
    this.next = Math.max(next, this.match + 1) as Index
    this.probing = false
    this.window.clear()
  }

  /** It has everything up to there, durably; true if that is news. */
  reach(match: Index, round: number, now: Millis): boolean {
    this.reachedAt = now
    const isNews = match > this.match
    if (isNews) {
      this.match = match
      this.matchRound = round
    }
    if (this.next <= this.match) this.next = (this.match + 1) as Index
    this.window.free(match)
    if (this.state === 'probe') {
      this.state = 'replicate'
      this.probing = false
      this.window.clear()
      this.next = (this.match + 1) as Index
      this.tickNext = this.next
    }
    return isNews
  }

  /** What it lost is sent again from the beginning. */
  lose(): void {
    this.lostData = true
    this.match = 0 as Index
    this.matchRound = Infinity
    this.probeFrom(1 as Index)
  }

  /** It needs what is not here any more. */
  needSnapshot(): void {
    this.state = 'snapshot'
    this.probing = false
    this.window.clear()
  }
}

/** For `majorityValue`: one that lost data has reached nothing. */
export function matchOf(member: Progress): number {
  return member.lostData ? 0 : member.match
}

export function roundOf(member: Progress): number {
  return member.lostData ? 0 : member.round
}

export function heardAtOf(member: Progress): number {
  return member.lostData ? -Infinity : member.heardAt
}
