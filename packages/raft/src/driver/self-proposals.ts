import { after, type Millis } from '@flotilla/core/time'
import { membersOf } from '../core/configuration.ts'
import { encodePayload } from '../replica/payload-codec.ts'
import type { LogMillis } from '../types.ts'
import type { GroupDriver } from './group-driver.ts'
import type { NodeContext } from './node-context.ts'

/** Its time is filled in when it is proposed, like that of every command. */
const unstamped = 0 as LogMillis

/**
 * What a leader proposes by itself: that time has passed, when sessions or the machine wait for that, and that all
 * members know a newer version of the machine.
 */
export class SelfProposals {
  readonly #group: GroupDriver
  readonly #node: NodeContext
  /** Not before then: what was proposed last has not shown yet, or came to nothing. */
  #notBefore = -Infinity as Millis
  #versionNotBefore = -Infinity as Millis

  constructor(group: GroupDriver, node: NodeContext) {
    this.#group = group
    this.#node = node
  }

  begin(): void {
    this.#notBefore = -Infinity as Millis
    this.#versionNotBefore = -Infinity as Millis
  }

  propose(now: Millis): void {
    this.#proposeTime(now)
    this.#proposeVersion(now)
  }

  /** When the replica wants to hear that time has passed. */
  deadline(now: Millis): Millis {
    const { replica } = this.#group.application
    const due = replica.deadline()
    if (due === Infinity) return Infinity as Millis
    const time = this.#group.logClock.read(now, replica.time)
    return Math.max(this.#notBefore, now + Math.max(0, due - time)) as Millis
  }

  #proposeTime(now: Millis): void {
    if (now < this.#notBefore) return
    const { replica } = this.#group.application
    const due = replica.deadline()
    if (due === Infinity || this.#group.logClock.read(now, replica.time) < due) return
    // Any other command does as well.
    if (this.#group.proposals.gathered === 0) {
      this.#group.proposals.add(encodePayload({ type: 'time', time: unstamped }), undefined)
    }
    this.#notBefore = after(now, this.#group.settings.heartbeatMs)
  }

  #proposeVersion(now: Millis): void {
    const agreed = this.#group.application.replica.version
    if (this.#group.version <= agreed || now < this.#versionNotBefore) return
    this.#versionNotBefore = after(now, this.#group.settings.electionTimeoutMs)
    const version = this.#knownToAll()
    if (version <= agreed) return
    this.#group.proposals.add(encodePayload({ type: 'version', time: unstamped, version }), undefined)
  }

  /** The lowest version of all members' programs; 0 while one of them is not known. */
  #knownToAll(): number {
    let lowest = this.#group.version
    for (const member of membersOf(this.#group.core.status().configuration)) {
      if (member === this.#node.self) continue
      lowest = Math.min(lowest, this.#node.peers.get(member)?.versions.get(this.#group.name) ?? 0)
    }
    return lowest
  }
}
