import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { RaftSettings } from '../settings.ts'
import type { Configuration, Index } from '../types.ts'
import { membersOf } from './configuration.ts'
import { LeaderReads } from './leader-reads.ts'
import { Progress } from './progress.ts'
import { majorityValue } from './quorum.ts'

/** What only a leader has, from its election until it steps down. */
export class Leading {
  readonly #self: NodeId
  readonly #settings: RaftSettings
  readonly members: Map<NodeId, Progress> = new Map()
  /** Those of `members` whose majorities decide; this node is among them if it is a voter. */
  voters: readonly Progress[] = []
  outgoing: readonly Progress[] = []
  /** Everybody but this node. */
  others: readonly Progress[] = []
  readonly reads: LeaderReads
  /** Numbers what is sent to all, so that an answer proves what it is an answer to (Raft §8). */
  round = 0
  heartbeatAt: Millis
  /** When to tell followers of what was decided since they heard something last; Infinity if all have been told. */
  noticeAt = Infinity as Millis
  /** Something happened then that keeps the group from being quiet. */
  busyAt: Millis
  /** Of entries that are not decided yet. */
  undecidedBytes = 0

  constructor(self: NodeId, settings: RaftSettings, now: Millis) {
    this.#self = self
    this.#settings = settings
    this.reads = new LeaderReads(settings.readsWaitingMax)
    this.heartbeatAt = now
    this.busyAt = now
  }

  /** This configuration is in force now; whoever stays keeps his progress. */
  follow(configuration: Configuration, lastIndex: Index, now: Millis): void {
    const ids = membersOf(configuration)
    for (const id of this.members.keys()) if (!ids.includes(id)) this.members.delete(id)
    for (const id of ids) {
      if (this.members.has(id)) continue
      this.members.set(id, new Progress(id, (lastIndex + 1) as Index, now, this.#settings))
    }
    this.voters = this.#these(configuration.voters)
    this.outgoing = this.#these(configuration.outgoing)
    this.others = this.#these(ids.filter((id) => id !== this.#self))
  }

  /** What both majorities have reached. */
  reached(valueOf: (member: Progress) => number): number {
    return Math.min(majorityValue(this.voters, valueOf), majorityValue(this.outgoing, valueOf))
  }

  #these(ids: readonly NodeId[]): readonly Progress[] {
    return ids.map((id) => this.members.get(id) as Progress)
  }
}
