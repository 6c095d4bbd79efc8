import type { Crypto } from '@flotilla/core/crypto'
import { EnvelopeGate, type Envelope, type EnvelopeRefusal } from '@flotilla/core/envelope'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'
import { after, type Millis, type WallMillis } from '@flotilla/core/time'
import type { OffenceCode, RefusalReason } from './broadcast.ts'
import type { EnvelopeId } from './envelope-id.ts'
import { noncesPerSender, slotsInWindow, type BroadcastLimits } from './limits.ts'
import { OriginRate } from './origin-rate.ts'
import { slotOf } from './recent-envelopes.ts'

export interface IntakeOptions {
  readonly self: NodeId
  readonly crypto: Crypto
  readonly member: (id: NodeId) => boolean
  readonly limits: BroadcastLimits
  readonly sealedAfter: WallMillis | undefined
}

export type Verdict =
  | { readonly type: 'fresh'; readonly envelope: Envelope }
  | { readonly type: 'refused'; readonly refusal: Refused }

interface Refused {
  readonly reason: RefusalReason
  /** Whose fault it is, where that is proven. */
  readonly blame?: { readonly who: NodeId; readonly code: OffenceCode; readonly message: string }
}

/** Refusals that are not to be expected to turn out otherwise for the same bytes. */
const lasting: ReadonlySet<RefusalReason> = new Set<RefusalReason>([
  'too-large',
  'unsupported-version',
  'too-old',
  'replayed',
])
const refusedMax = 4_096

/**
 * Decides about envelopes that were not seen yet: true or not, of a member or not, too many or not, and whose fault it
 * is if not.
 *
 * - A wrong signature is the fault of whoever hands it on: correct members verify before they do.
 * - Too many of one origin are that origin's, and only once the one too many was verified: else whoever relays could
 *   forge a flood in another's name. For a moment after that, the origin is not listened to.
 * - Too old, too new, of a stranger, seen before, of another version: nobody's. Clocks and views of who is a member
 *   differ for honest reasons.
 */
export class Intake {
  readonly #limits: BroadcastLimits
  readonly #self: NodeId
  readonly #member: (id: NodeId) => boolean
  readonly #gate: EnvelopeGate
  /** Of those members that have envelopes in the window; `size <= originsMax`. */
  readonly #rates = new Map<NodeId, OriginRate>()
  /** Members that were found flooding, and until when they are not listened to; `size <= originsMax`. */
  readonly #muted = new Map<NodeId, Millis>()
  readonly #refused = new Lru<EnvelopeId, RefusalReason>({ entriesMax: refusedMax })
  /** Why the gate's question, whether it accepts a sender, was answered with no. */
  #whyNot: RefusalReason = 'unknown-sender'
  #now = 0 as Millis

  constructor({ self, crypto, member, limits, sealedAfter }: IntakeOptions) {
    this.#limits = limits
    this.#self = self
    this.#member = member
    const { clockToleranceMs, payloadBytesMax, originsMax } = limits
    const noncesPerSenderMax = noncesPerSender(limits)
    this.#gate = new EnvelopeGate({
      crypto,
      limits: {
        payloadBytesMax,
        clockToleranceMs,
        noncesPerSenderMax,
        noncesMax: originsMax * noncesPerSenderMax,
      },
      accepts: (sender) => this.#accepts(sender),
      // The gate refuses what was sealed up to its tolerance after this.
      ...(sealedAfter === undefined ? {} : { startedAt: (sealedAfter - clockToleranceMs) as WallMillis }),
    })
  }

  get origins(): number {
    return this.#rates.size
  }

  /** Whether to fetch an envelope that a peer announces. */
  isRefused(id: EnvelopeId): boolean {
    return this.#refused.has(id)
  }

  judge(id: EnvelopeId, bytes: Uint8Array, from: NodeId, now: Millis, wall: WallMillis): Verdict {
    if (this.#refused.get(id) !== undefined) return refused({ reason: 'refused-before' })
    this.#now = now
    this.forgetOld(wall)
    let envelope: Envelope
    try {
      envelope = this.#gate.open(bytes, wall)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      return this.#refusal(id, error as ProtocolError<EnvelopeRefusal>, from)
    }
    if (this.mayPublish(envelope.sender, envelope.timestamp, wall)) return { type: 'fresh', envelope }
    const { sender } = envelope
    this.#muted.set(sender, after(now, this.#limits.floodMuteMs))
    const { perOriginPerSecondMax, perOriginBurst } = this.#limits
    const message = `it signed more than ${perOriginPerSecondMax} broadcasts a second and ${perOriginBurst} at once`
    return refused({ reason: 'flooding', blame: { who: sender, code: 'flooding', message } })
  }

  /** Counts one more of this origin, or returns false if that would be too many. */
  mayPublish(origin: NodeId, timestamp: WallMillis, wall: WallMillis): boolean {
    const rate = this.#rates.get(origin) ?? this.#newRate()
    const [first, last] = this.slotsAround(wall)
    rate.forgetOutside(first, last)
    if (!rate.take(slotOf(timestamp))) return false
    this.#rates.set(origin, rate)
    return true
  }

  forgetOld(wall: WallMillis): void {
    const [first, last] = this.slotsAround(wall)
    if (this.#forgotten === first) return
    this.#forgotten = first
    for (const [origin, rate] of this.#rates) {
      rate.forgetOutside(first, last)
      if (rate.isIdle) this.#rates.delete(origin)
    }
    for (const [origin, until] of this.#muted) if (until <= this.#now) this.#muted.delete(origin)
  }

  /** The first slot of the window when it was last tidied up. */
  #forgotten = Number.NaN

  /** The first and the last slot that the gate may open anything of. */
  slotsAround(wall: WallMillis): readonly [first: number, last: number] {
    const first = slotOf(wall - this.#limits.clockToleranceMs) - 1
    return [first, first + slotsInWindow(this.#limits)]
  }

  #accepts(sender: NodeId): boolean {
    if (sender !== this.#self && !this.#member(sender)) this.#whyNot = 'unknown-sender'
    else if ((this.#muted.get(sender) ?? -Infinity) > this.#now) this.#whyNot = 'muted-origin'
    else if (!this.#rates.has(sender) && this.#rates.size >= this.#limits.originsMax) this.#whyNot = 'origins-full'
    else return true
    return false
  }

  #newRate(): OriginRate {
    return new OriginRate({ perSlotMax: this.#limits.perOriginPerSecondMax, burst: this.#limits.perOriginBurst })
  }

  #refusal(id: EnvelopeId, error: ProtocolError<EnvelopeRefusal>, from: NodeId): Verdict {
    const reason = error.code === 'unknown-sender' ? this.#whyNot : error.code
    if (lasting.has(reason)) this.#refused.set(id, reason)
    if (reason !== 'wrong-signature' && reason !== 'malformed') return refused({ reason })
    return refused({ reason, blame: { who: from, code: 'forged-envelope', message: error.message } })
  }
}

function refused(refusal: Refused): Verdict {
  return { type: 'refused', refusal }
}
