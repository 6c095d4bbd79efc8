import { assert, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import type { Effect } from '../effects.ts'
import type { Configuration, Index, Term } from '../types.ts'
import { applied, handOut } from './application.ts'
import { CoreState } from './core-state.ts'
import { statusOf } from './core-status.ts'
import { decide, followUpMembership } from './deciding.ts'
import { countOwnVote, electionTimedOut } from './elections.ts'
import { sendAnswer } from './follower.ts'
import { ForwardedReads } from './forwarded-reads.ts'
import type { Accepted, Beginning, ChangeRefusal, CoreStatus, Input, ProposalRefusal, RaftCore } from './inputs.ts'
import { leaderDeadline, leaderTick } from './leader-tick.ts'
import { changeMembers } from './membership.ts'
import { propose } from './own-entries.ts'
import { wakeUp } from './quiet.ts'
import { cancelReads, confirmReads, forwardReads, giveUpOldReads, readsDueAt, takeOwnReads } from './reads.ts'
import { receive } from './reception.ts'
import { reachabilityChanged, snapshotBrought } from './replication-answers.ts'
import { replicate } from './replication.ts'
import { waitForLeader } from './roles.ts'
import { snapshotMade, snapshotReceived } from './snapshots.ts'
import { askToStand, beginTransfer, endTransferIfOver } from './transfer.ts'
import { peerChanged } from './peers.ts'

const nothing: readonly Effect[] = Object.freeze([])

/** One member's part in one group, as of what its storage recovered. It asks for nothing before the first `step`. */
export function createCore(beginning: Beginning): RaftCore {
  return new Core(beginning)
}

class Core implements RaftCore {
  readonly #state: CoreState
  /** The role and the leader that were told last. */
  #toldRole: string
  #toldLeader: NodeId | undefined
  #toldTerm: Term

  constructor(beginning: Beginning) {
    const { settings } = beginning
    const state = new CoreState(beginning, (random) => new ForwardedReads(settings.readsWaitingMax, random))
    this.#state = state
    this.#toldRole = state.role
    this.#toldLeader = state.leader
    this.#toldTerm = state.term
    waitForLeader(state)
    // Nobody else could be leading.
    const { voters, outgoing } = state.configuration
    if (voters.length === 1 && outgoing.length === 0 && voters[0] === state.self) state.electionAt = state.now
  }

  step(now: Millis, input: Input): void {
    this.#pass(now)
    this.#take(input)
    this.#settle()
  }

  propose(now: Millis, commands: readonly Uint8Array[]): Accepted | ProposalRefusal {
    this.#pass(now)
    return propose(this.#state, commands)
  }

  changeMembers(now: Millis, wanted: Pick<Configuration, 'voters' | 'learners'>): Accepted | ChangeRefusal {
    this.#pass(now)
    wakeUp(this.#state)
    const answer = changeMembers(this.#state, wanted)
    this.#settle()
    return answer
  }

  transfer(now: Millis, to: NodeId | undefined): { readonly to: NodeId } | ChangeRefusal {
    this.#pass(now)
    wakeUp(this.#state)
    return beginTransfer(this.#state, to)
  }

  drain(): readonly Effect[] {
    const state = this.#state
    const { leading } = state
    if (leading === undefined) {
      sendAnswer(state)
      forwardReads(state)
    } else {
      replicate(state, leading)
      confirmReads(state, leading)
    }
    handOut(state)
    this.#tellRole()
    const write = state.takeWrite()
    if (write === undefined && state.effects.length === 0) return nothing
    const { effects } = state
    state.effects = []
    if (write !== undefined) effects.unshift(write)
    return effects
  }

  deadline(): Millis {
    const state = this.#state
    const { leading, transfer } = state
    if (leading !== undefined) return leaderDeadline(state, leading)
    return Math.min(state.electionAt, readsDueAt(state), transfer?.until ?? Infinity) as Millis
  }

  status(): CoreStatus {
    return statusOf(this.#state)
  }

  termAt(index: Index): Term | undefined {
    return this.#state.log.termAt(index)
  }

  #pass(now: Millis): void {
    assert(now >= this.#state.now, 'time does not go back')
    this.#state.now = now
  }

  #take(input: Input): void {
    const state = this.#state
    switch (input.type) {
      case 'wake':
        return this.#wake()
      case 'message':
        return receive(state, input.from, input.message)
      case 'written':
        state.writes.finish(input.number)
        return countOwnVote(state)
      case 'applied':
        return applied(state, input.index)
      case 'snapshot-received':
        return snapshotReceived(state, input.from, input.term, input.snapshot)
      case 'snapshot-brought':
        return snapshotBrought(state, input.to, input.snapshot)
      case 'snapshot-made':
        return snapshotMade(state, input.snapshot)
      case 'peer':
        peerChanged(state, input.peer, input.reachable)
        return reachabilityChanged(state, input.peer, input.reachable)
      case 'read':
        wakeUp(state)
        return takeOwnReads(state, input.reads)
      case 'read-cancelled':
        return cancelReads(state, input.reads)
      default:
        return unreachable(input, 'input')
    }
  }

  #wake(): void {
    const state = this.#state
    endTransferIfOver(state)
    giveUpOldReads(state)
    if (state.leading !== undefined) leaderTick(state, state.leading)
    else if (state.now >= state.electionAt) electionTimedOut(state)
  }

  /** What follows from whatever was taken in. */
  #settle(): void {
    const state = this.#state
    const { leading, commit } = state
    if (leading === undefined) return
    decide(state, leading)
    followUpMembership(state)
    if (state.commit > commit) leading.busyAt = state.now
    if (state.transfer?.asked === false) askToStand(state)
  }

  #tellRole(): void {
    const { role, leader, term } = this.#state
    if (role === this.#toldRole && leader === this.#toldLeader && term === this.#toldTerm) return
    this.#toldRole = role
    this.#toldLeader = leader
    this.#toldTerm = term
    this.#state.tell({ type: 'role', role, term, leader })
  }
}
