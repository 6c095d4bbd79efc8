import { ProtocolError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { textHash } from '@flotilla/core/machines'
import type { Millis } from '@flotilla/core/time'
import type { Beliefs, RecordOutcome } from './beliefs.ts'
import {
  bucketCount,
  deathClaimsMax,
  wantedMax,
  type ComparisonAnswer,
  type ComparisonRequest,
  type Digest,
  type MemberState,
} from './comparison-messages.ts'
import type { Emit } from './effect.ts'
import type { MemberEntry, MemberTable } from './member-table.ts'
import type { OwnRecord } from './own-record.ts'
import type { MembershipSettings } from './settings.ts'

export interface ComparisonOptions {
  readonly settings: MembershipSettings
  readonly table: MemberTable
  readonly own: OwnRecord
  readonly beliefs: Beliefs
  readonly emit: Emit
}

/** About what one digest takes. */
const digestBytes = 80
/** Those who will be forgotten within this share of their time are not told any more, or they would wander for ever. */
const toldShare = 0.9
const quietPeersMax = 256
/** Wrong states in one message after which the rest is not looked at. */
const refusedStatesMax = 8

/**
 * Comparing all that two members know of everybody (anti-entropy): sums first, so that two who agree, as they mostly
 * do, spend the same few hundred bytes however many members there are; then what differs, then the records themselves.
 */
export class Comparison {
  readonly #options: ComparisonOptions
  /** Peers that began to compare with us while we knew nobody else: what they give us, everybody else knows. */
  readonly #quietFor = new Set<NodeId>()

  constructor(options: ComparisonOptions) {
    this.#options = options
  }

  /** What to ask a peer first. */
  begin(now: Millis): Comparing {
    const request: ComparisonRequest = { type: 'compare', own: this.#options.own.signed, sums: this.#sums(now) }
    return { request, wanted: [], offered: [], quietly: this.#isAlone() }
  }

  /** What to ask it next; undefined when all is said. */
  proceed(now: Millis, comparing: Comparing, answer: ComparisonAnswer): Comparing | undefined {
    switch (answer.type) {
      case 'here':
        return undefined
      case 'differ':
        this.#take(now, { signed: answer.own })
        return this.#next(now, { ...comparing, ...this.#difference(now, answer) })
      case 'given': {
        const { request, wanted, quietly } = comparing
        this.#takeAll(now, answer.states, quietly)
        // What the peer gave no answer to, it does not have; nothing at all means that it has none of them.
        const asked = request.type === 'swap' ? request.want.length : 0
        const answered = answer.states.length === 0 ? asked : Math.min(asked, answer.states.length)
        return this.#next(now, { ...comparing, wanted: wanted.slice(answered) })
      }
      default:
        return unreachable(answer, 'answer')
    }
  }

  /** What a peer asks. */
  answer(now: Millis, peer: NodeId, request: ComparisonRequest): ComparisonAnswer {
    switch (request.type) {
      case 'probe':
        return { type: 'here' }
      case 'compare':
        this.#noteQuiet(peer)
        this.#take(now, { signed: request.own })
        return { type: 'differ', own: this.#options.own.signed, ...this.#differing(now, request.sums) }
      case 'swap':
        this.#takeAll(now, request.give, this.#quietFor.has(peer))
        return { type: 'given', states: this.#states(now, request.want) }
      default:
        return unreachable(request, 'request')
    }
  }

  #next(now: Millis, comparing: Comparing): Comparing | undefined {
    const { wanted, offered } = comparing
    if (wanted.length === 0 && offered.length === 0) return undefined
    const give = this.#states(now, offered)
    const request: ComparisonRequest = { type: 'swap', give, want: wanted.slice(0, wantedMax) }
    // One of the offered may be forgotten by now, so it is by ids that they are counted, not by states.
    return { ...comparing, request, offered: offered.slice(Math.max(give.length, 1)) }
  }

  #difference(now: Millis, answer: ComparisonAnswer & { readonly type: 'differ' }) {
    const theirs = new Map(answer.digests.map((digest) => [digest.id, digest]))
    const buckets = new Set(answer.buckets)
    const wanted: NodeId[] = []
    const offered: NodeId[] = []
    for (const mine of this.#digests(now)) {
      if (!buckets.has(bucketOf(mine.id))) continue
      const digest = theirs.get(mine.id)
      theirs.delete(mine.id)
      if (digest === undefined || isNewer(mine, digest)) offered.push(mine.id)
      else if (isNewer(digest, mine)) wanted.push(mine.id)
    }
    return { wanted: [...wanted, ...theirs.keys()], offered: this.#deadLast(offered) }
  }

  /** All that we have in the buckets whose sums differ; in as many of them as fit. */
  #differing(now: Millis, sums: readonly number[]): { readonly buckets: number[]; readonly digests: Digest[] } {
    const own = this.#sums(now)
    const countMax = Math.floor(this.#options.settings.exchangeBytesMax / digestBytes)
    const byBucket = Map.groupBy(this.#digests(now), ({ id }) => bucketOf(id))
    const buckets: number[] = []
    const digests: Digest[] = []
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      const inBucket = byBucket.get(bucket) ?? []
      if (sums[bucket] === own[bucket]) continue
      if (buckets.length > 0 && digests.length + inBucket.length > countMax) continue
      buckets.push(bucket)
      digests.push(...inBucket)
    }
    return { buckets, digests }
  }

  #sums(now: Millis): number[] {
    const sums = Array.from({ length: bucketCount }, () => 0)
    for (const { id, incarnation, standing } of this.#digests(now)) {
      const bucket = bucketOf(id)
      sums[bucket] = ((sums[bucket] ?? 0) + textHash(`${id} ${incarnation} ${standing}`)) >>> 0
    }
    return sums
  }

  #digests(now: Millis): Digest[] {
    const { own, table } = this.#options
    const digests: Digest[] = [{ id: own.id, incarnation: own.record.incarnation, standing: 'here' }]
    for (const entry of table.values()) {
      if (!this.#isTold(now, entry)) continue
      const standing = entry.status === 'dead' ? 'dead' : 'here'
      digests.push({ id: entry.id, incarnation: entry.record.incarnation, standing })
    }
    return digests
  }

  #isTold(now: Millis, { status, sinceMs }: MemberEntry): boolean {
    if (status === 'alive' || status === 'suspect') return true
    return now - sinceMs < this.#keptMs(status) * toldShare
  }

  #keptMs(status: 'dead' | 'left'): number {
    const { deadForgottenMs, leftForgottenMs } = this.#options.settings
    return status === 'left' ? leftForgottenMs : deadForgottenMs
  }

  /** As many as fit into one message, at least one. */
  #states(now: Millis, ids: readonly NodeId[]): MemberState[] {
    const states: MemberState[] = []
    let bytesLeft = this.#options.settings.exchangeBytesMax
    for (const id of ids) {
      const state = this.#stateOf(now, id)
      if (state === undefined) continue
      bytesLeft -= bytesOf(state)
      if (bytesLeft < 0 && states.length > 0) break
      states.push(state)
    }
    return states
  }

  #stateOf(now: Millis, id: NodeId): MemberState | undefined {
    const { own, table } = this.#options
    if (id === own.id) return { signed: own.signed }
    const entry = table.get(id)
    if (entry === undefined || !this.#isTold(now, entry)) return undefined
    if (entry.status !== 'dead') return { signed: entry.signed }
    const ageMs = Math.max(0, Math.floor(now - entry.sinceMs))
    return { signed: entry.signed, death: { ageMs, claims: entry.obituary.slice(0, deathClaimsMax) } }
  }

  /** Whoever signed that somebody is dead should be known before. */
  #deadLast(ids: readonly NodeId[]): NodeId[] {
    const isDead = (id: NodeId): boolean => this.#options.table.get(id)?.status === 'dead'
    return [...ids.filter((id) => !isDead(id)), ...ids.filter(isDead)]
  }

  /** Nobody to tell what we learn. */
  #isAlone(): boolean {
    return this.#options.table.size === 0
  }

  #noteQuiet(peer: NodeId): void {
    if (!this.#isAlone() || this.#quietFor.size >= quietPeersMax) this.#quietFor.delete(peer)
    else this.#quietFor.add(peer)
  }

  #takeAll(now: Millis, states: readonly MemberState[], quietly: boolean): void {
    const inOrder = [
      ...states.filter(({ death }) => death === undefined),
      ...states.filter(({ death }) => death !== undefined),
    ]
    let refused = 0
    for (const state of inOrder) {
      if (this.#take(now, state, quietly) === 'refused') refused++
      // Each costs a verification, and honest peers send none.
      if (refused >= refusedStatesMax) return
    }
  }

  #take(now: Millis, { signed, death }: MemberState, quietly: boolean = false): RecordOutcome {
    const { beliefs, emit } = this.#options
    try {
      if (death === undefined) return beliefs.record(now, signed, quietly)
      if (death.ageMs >= this.#keptMs('dead')) return 'old'
      return beliefs.inherit(now, signed, death.claims, (now - death.ageMs) as Millis)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      emit({ type: 'refused', why: String(error.code) })
      return 'refused'
    }
  }
}

/** One comparison under way, from the side that began it. */
export interface Comparing {
  readonly request: ComparisonRequest
  readonly wanted: readonly NodeId[]
  readonly offered: readonly NodeId[]
  /** We knew nobody when we began, so there is nobody to tell what we learn. */
  readonly quietly: boolean
}

/** The record counts before the standing: a refutation overrules a death. */
function isNewer(one: Digest, other: Digest): boolean {
  if (one.incarnation !== other.incarnation) return one.incarnation > other.incarnation
  return one.standing === 'dead' && other.standing === 'here'
}

function bucketOf(id: NodeId): number {
  return textHash(id) % bucketCount
}

/** At least what it takes encoded. */
function bytesOf({ signed, death }: MemberState): number {
  return signed.body.length + (signed.proof?.length ?? 0) + 256 + (death?.claims.length ?? 0) * 288
}
