import { assert, unreachable } from '@flotilla/core/errors'
import type { Millis } from '@flotilla/core/time'
import type { Accepted, ProposalRefusal, RaftCore } from '../core/inputs.ts'
import { driverLimits } from '../limits.ts'
import type { Outcome } from '../replica/replica-contract.ts'
import type { Index, LogMillis, Term } from '../types.ts'
import type { Answer } from '../wire/call.ts'
import { stampPayload } from '../wire/command-payload.ts'
import type { CallOrigin } from './caller-table.ts'
import type { NodeContext } from './node-context.ts'

/** Undefined where nobody waits: what the leader itself proposes. */
type Origin = CallOrigin | undefined

/** Proposals that stand in the log from `first` on, undecided, with those who wait for them. */
interface Batch {
  readonly first: Index
  readonly term: Term
  readonly begunAt: Millis
  /** Whoever was answered is not in it any more. */
  readonly origins: Origin[]
}

export type ProposalsHost = Pick<NodeContext, 'callers' | 'clock' | 'instruments'>

/**
 * What callers want to have in the log of one group: gathered over a turn, proposed together, and answered when an
 * entry is applied at the place where theirs was put. If it is theirs, as its term tells, its outcome is their answer;
 * if it is another, theirs never will be decided.
 */
export class Proposals {
  readonly #host: ProposalsHost
  #payloads: Uint8Array[] = []
  #origins: Origin[] = []
  /** By `first`, from `#head` on; they do not overlap. */
  #batches: Batch[] = []
  #head = 0
  /** The last that was applied where a batch stood. */
  #applied = 0 as Index
  #waiting = 0

  constructor(host: ProposalsHost) {
    this.#host = host
  }

  /** Callers whose commands are in the log, or are about to be. */
  get waiting(): number {
    return this.#waiting
  }

  get gathered(): number {
    return this.#payloads.length
  }

  /** Takes a payload whose time is to be filled in. */
  add(payload: Uint8Array, origin: Origin): void {
    this.#payloads.push(payload)
    this.#origins.push(origin)
    if (origin === undefined) return
    this.#waiting++
    origin.caller.waiting++
  }

  /** Puts all that was gathered to the core. */
  propose(now: Millis, time: LogMillis, core: RaftCore): void {
    const payloads = this.#payloads
    const origins = this.#origins
    if (payloads.length === 0) return
    this.#payloads = []
    this.#origins = []
    for (const payload of payloads) stampPayload(payload, time)
    this.#host.instruments.proposals.inc({}, payloads.length)
    const atOnce = driverLimits.commandsProposedAtOnceMax
    for (let start = 0; start < payloads.length; start += atOnce) {
      const whole = payloads.length <= atOnce
      const answer = core.propose(now, whole ? payloads : payloads.slice(start, start + atOnce))
      if ('refused' in answer) return this.#refuse(origins, start, answer)
      this.#accept(now, answer, whole ? origins : origins.slice(start, start + atOnce))
    }
  }

  /** What became of the entry at that place. `outcome` is what the replica said of it. */
  applied(index: Index, term: Term, outcome: Outcome): void {
    const batch = this.#batches[this.#head]
    if (batch === undefined || index < batch.first) return
    const place = index - batch.first
    const origin = batch.origins[place]
    batch.origins[place] = undefined
    this.#applied = index
    if (place === batch.origins.length - 1) {
      this.#drop()
      const { clock, instruments } = this.#host
      instruments.commitSeconds.observe({}, (clock.now() - batch.begunAt) / 1_000)
    }
    assert(place < batch.origins.length, 'entries are applied one after the other')
    if (origin !== undefined) this.#answer(origin, term === batch.term ? answerOf(outcome) : { type: 'no-leader' })
  }

  /** A snapshot has taken the place of the log up to there: what became of those proposals is not known here. */
  restored(index: Index): void {
    while (this.#head < this.#batches.length) {
      const batch = this.#batches[this.#head]
      if (batch === undefined || batch.first > index) return
      this.#drop()
      // (Some of the batch may stand behind the snapshot. They are asked again, and are not done twice.)
      for (const origin of batch.origins) if (origin !== undefined) this.#answer(origin, { type: 'unclear' })
    }
  }

  /** Nobody here can say any more what will become of those in the log, and the others will not get there. */
  abandon(): void {
    this.#refuseAll(this.#origins, 0, { type: 'no-leader' })
    this.#payloads = []
    this.#origins = []
    for (const { origins } of this.#batches.slice(this.#head)) this.#refuseAll(origins, 0, { type: 'unclear' })
    this.#batches = []
    this.#head = 0
  }

  #accept(begunAt: Millis, { first, term }: Accepted, origins: Origin[]): void {
    this.#overwritten(first)
    this.#batches.push({ first, term, begunAt, origins })
  }

  /** A new leader may put its own where older proposals of this node's stood: those will never be decided. */
  #overwritten(first: Index): void {
    for (;;) {
      const last = this.#batches.length > this.#head ? this.#batches.at(-1) : undefined
      if (last === undefined || last.first + last.origins.length <= first) return
      this.#batches.pop()
      const kept = Math.max(0, first - last.first)
      this.#refuseAll(last.origins, kept, { type: 'no-leader' })
      const undecided = last.first + kept - 1 > this.#applied
      if (kept > 0 && undecided) this.#batches.push({ ...last, origins: last.origins.slice(0, kept) })
    }
  }

  #refuse(origins: readonly Origin[], from: number, refusal: ProposalRefusal): void {
    this.#refuseAll(origins, from, refusalAnswer(refusal))
  }

  #refuseAll(origins: readonly Origin[], from: number, answer: Answer): void {
    for (let place = from; place < origins.length; place++) {
      const origin = origins[place]
      if (origin !== undefined) this.#answer(origin, answer)
    }
  }

  #answer(origin: CallOrigin, answer: Answer): void {
    this.#waiting--
    origin.caller.waiting--
    this.#host.callers.answer(origin, answer)
  }

  #drop(): void {
    this.#head++
    if (this.#head < 64 || this.#head * 2 < this.#batches.length) return
    this.#batches = this.#batches.slice(this.#head)
    this.#head = 0
  }
}

/** What a caller hears of a proposal that was not taken. */
export function refusalAnswer(refusal: ProposalRefusal): Answer {
  switch (refusal.refused) {
    case 'not-leader':
      return refusal.leader === undefined ? { type: 'no-leader' } : { type: 'redirect', leader: refusal.leader }
    case 'overloaded':
      return { type: 'overloaded', limit: refusal.limit }
    case 'handing-over':
      return { type: 'no-leader' }
    default:
      return unreachable(refusal, 'refusal')
  }
}

function answerOf(outcome: Outcome): Answer {
  switch (outcome.type) {
    case 'nothing':
      return { type: 'done' }
    case 'result':
    case 'refused':
    case 'session':
    case 'session-expired':
      return outcome
    default:
      return unreachable(outcome, 'outcome')
  }
}
