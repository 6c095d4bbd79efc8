import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import { after, type Millis } from '@flotilla/core/time'
import type { Address } from '../address.ts'
import type { FoundMember } from '../ports.ts'
import { SourceRates } from '../source-rates.ts'
import type { Beliefs } from './beliefs.ts'
import type { Emit, Stranger } from './effect.ts'
import { isHere, type MemberTable } from './member-table.ts'
import { encodeGossip, encodePacket, greetingSlackBytes, type EncodedGossip } from './messages.ts'
import type { Greeting, Path } from './messages.ts'
import type { OwnRecord } from './own-record.ts'
import { sealBytes } from './packet-seal.ts'
import type { MembershipSettings } from './settings.ts'

export interface MeetingsOptions {
  readonly settings: MembershipSettings
  readonly table: MemberTable
  readonly own: OwnRecord
  readonly beliefs: Beliefs
  readonly emit: Emit
  readonly prng: Prng
}

interface Meeting {
  /** Drawn by us: nobody can have recorded an answer to it. */
  readonly question: number
  /** What its beacon asked. */
  readonly answer: number | null
  readonly proof: Uint8Array
  addresses: readonly Address[]
  /** 0 <= asked <= meetingTries; whoever greeted us first is not greeted again, as its address may be made up. */
  asked: number
  /** When to ask again, or to give up. */
  at: Millis
}

/**
 * Members that discovery has found are met by datagram, so that nobody waits for a connection to know who is there.
 *
 * Each shows its own record and asks a number; whoever says that number back is there, in this life of ours. So what
 * was recorded before makes nobody known, and a made-up source address gets one answer, no longer than the question.
 *
 * A beacon asks too, so two datagrams are enough for two to know each other, and three where there was no beacon that
 * asked; it is enough that one of them hears the other. What is lost here comes with the first comparison over a
 * connection.
 */
export class Meetings {
  /** What our beacons ask. */
  readonly question: number
  readonly #options: MeetingsOptions
  /** `size <= meetingsMax`. */
  readonly #open = new Map<NodeId, Meeting>()
  readonly #answers: SourceRates

  constructor(options: MeetingsOptions) {
    this.#options = options
    this.question = this.#drawn()
    const { greetingsPerMemberPerSecondMax: perSecondMax, membersMax: sourcesMax } = options.settings
    this.#answers = new SourceRates({ perSecondMax, burstMax: perSecondMax, sourcesMax })
  }

  get deadline(): Millis {
    let first = Infinity
    for (const { at } of this.#open.values()) first = Math.min(first, at)
    return first as Millis
  }

  /** What discovery has shown of somebody who is being met. */
  proofOf(id: NodeId): Uint8Array | undefined {
    return this.#open.get(id)?.proof
  }

  /** `due` greets it. */
  find(now: Millis, { id, datagramAddresses, proof, question: asked }: FoundMember): void {
    const { own } = this.#options
    const [first] = datagramAddresses
    if (id === own.id || own.record.leaving || this.#isHere(id) || first === undefined) return
    const meeting = this.#open.get(id)
    if (meeting === undefined)
      this.#begin(id, { proof, answer: asked ?? null, addresses: datagramAddresses, asked: 0, at: now })
    else meeting.addresses = datagramAddresses
  }

  /** Somebody whom we do not know greets; it has signed that itself, at some time. */
  hear(now: Millis, { from, path, message, signed }: Stranger): void {
    const { beliefs, table, emit, settings } = this.#options
    const meeting = this.#open.get(from)
    if (message.answer !== null && (message.answer === meeting?.question || message.answer === this.question)) {
      try {
        beliefs.record(now, signed)
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error
        emit({ type: 'refused', why: String(error.code) })
      }
      const entry = table.get(from)
      if (entry === undefined) return
      if (path !== 'connection') entry.heardAt = path
    } else if (meeting === undefined && signed.proof !== undefined) {
      const at = after(now, settings.meetingRetryMs * 2 ** settings.meetingTries)
      this.#begin(from, { proof: signed.proof, answer: null, addresses: [], asked: settings.meetingTries, at })
    }
    this.greeted(now, from, path, message)
  }

  /** Somebody greets whom we know, or have just got to know. */
  greeted(now: Millis, from: NodeId, path: Path, { question }: Greeting): void {
    const { emit } = this.#options
    const isKnown = this.#isHere(from)
    if (isKnown) this.#open.delete(from)
    if (question === null) return
    if (!this.#answers.take(from, now)) return emit({ type: 'refused', why: 'too-many-greetings' })
    this.#greet(from, path, { question: this.#questionFor(from, path), answer: question })
  }

  due(now: Millis): void {
    const { meetingTries, meetingRetryMs } = this.#options.settings
    for (const [id, meeting] of this.#open) {
      if (meeting.at > now) continue
      const address = meeting.addresses[meeting.asked % meeting.addresses.length]
      if (this.#isHere(id) || meeting.asked >= meetingTries || address === undefined) {
        this.#open.delete(id)
        continue
      }
      meeting.at = after(now, meetingRetryMs * 2 ** meeting.asked)
      meeting.asked++
      this.#greet(id, address, { question: meeting.question, answer: meeting.answer })
    }
  }

  #begin(id: NodeId, meeting: Omit<Meeting, 'question'>): void {
    if (this.#open.size >= this.#options.settings.meetingsMax) return
    this.#open.set(id, { ...meeting, question: this.#drawn() })
  }

  #drawn(): number {
    const { prng } = this.#options
    return prng.u32() * questionHigh + prng.below(questionHigh)
  }

  /** None for whom we know, or have just asked there: greetings that cross need no third one. */
  #questionFor(id: NodeId, path: Path): number | null {
    const meeting = this.#open.get(id)
    if (meeting === undefined) return null
    const isAsked = meeting.asked > 0 && path !== 'connection'
    return isAsked && meeting.addresses.some(({ host }) => host === path.host) ? null : meeting.question
  }

  #isHere(id: NodeId): boolean {
    const entry = this.#options.table.get(id)
    return entry !== undefined && isHere(entry)
  }

  #greet(to: NodeId, path: Path, said: Pick<Greeting, 'question' | 'answer'>): void {
    const { own, emit } = this.#options
    const { body, signature } = own.signed
    // Whoever heard our beacon has our proof, so where there is no room for both the record goes alone.
    for (const signed of [own.signed, { body, signature }]) {
      const piece = encodeGossip({ type: 'record', signed })
      const message = this.#fitted(said, piece)
      if (message !== undefined) return emit({ type: 'send', to, path, message, gossip: [piece] })
    }
  }

  /** A question fills its datagram; undefined where there is no room for the piece. */
  #fitted(said: Pick<Greeting, 'question' | 'answer'>, piece: EncodedGossip): Greeting | undefined {
    const bare: Greeting = { type: 'meet', ...said, padding: new Uint8Array() }
    const bytesMax = this.#options.settings.datagramBytesMax - greetingSlackBytes / 2
    const bytesLeft = bytesMax - sealBytes - encodePacket(bare, [piece]).length
    if (bytesLeft < 0) return undefined
    if (said.question === null) return bare
    // The length of long bytes takes one byte more than that of none.
    return { ...bare, padding: new Uint8Array(bytesLeft > 255 ? bytesLeft - 1 : bytesLeft) }
  }
}

/** A question is a number of 52 bits. */
const questionHigh = 2 ** 20
