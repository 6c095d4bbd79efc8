import type { Crypto } from '../crypto/index.ts'
import { assert } from '../errors/index.ts'
import { nodeIdFromPublicKey, type NodeId } from '../ids/index.ts'
import type { WallMillis } from '../time/index.ts'
import { refusal, type Envelope } from './envelope.ts'
import { takeApart } from './layout.ts'
import { validateEnvelopeLimits, type EnvelopeLimits } from './limits.ts'
import { ReplayMemory } from './replay-memory.ts'

export interface EnvelopeGateOptions {
  readonly crypto: Crypto
  readonly limits?: Partial<EnvelopeLimits>
  /**
   * Whether this sender's envelopes are wanted, asked before the costly signature is looked at; everybody's by default.
   * Keys cost nothing, so without it strangers can sign with many keys, fill the memory and have the rest refused.
   */
  readonly accepts?: (sender: NodeId) => boolean
  /**
   * When this process started. A restart empties the memory of what was opened, so with this the gate refuses whatever
   * may have been opened before: all that was sealed up to `clockToleranceMs` after the start, because senders' clocks
   * may be that far ahead. For that long, then, it opens nothing of senders whose clocks are right. Without it an
   * envelope that was opened shortly before a restart can be opened once more after it.
   */
  readonly startedAt?: WallMillis
}

/** A slot of the replay memory is this part of the clock tolerance. */
const slotsPerTolerance = 16

/**
 * Opens signed envelopes: each at most once, none that its sender has not signed, none that is not of about now.
 *
 * That holds as long as the process lives and whichever way the clock jumps: a nonce is forgotten only when its
 * envelope has become too old, and what may have been forgotten stays refused even if the clock goes back.
 */
export class EnvelopeGate {
  readonly #crypto: Crypto
  readonly #limits: EnvelopeLimits
  readonly #accepts: (sender: NodeId) => boolean
  readonly #opened: ReplayMemory
  /** What was sealed up to here may have been opened by an earlier run of this process. */
  readonly #earlierRunThrough: number

  constructor(options: EnvelopeGateOptions) {
    const { crypto, limits, accepts = () => true, startedAt = -Infinity } = options
    assert(!Number.isNaN(startedAt), 'startedAt is a time')
    this.#crypto = crypto
    this.#limits = validateEnvelopeLimits(limits)
    this.#accepts = accepts
    const { clockToleranceMs, noncesMax, noncesPerSenderMax } = this.#limits
    const slotMs = Math.ceil(clockToleranceMs / slotsPerTolerance)
    this.#opened = new ReplayMemory({ noncesMax, noncesPerSenderMax, slotMs })
    this.#earlierRunThrough = startedAt + clockToleranceMs
  }

  /** How many opened envelopes are remembered; `<= noncesMax`. */
  get noncesHeld(): number {
    return this.#opened.count
  }

  /**
   * What is in the envelope, or a `ProtocolError<EnvelopeRefusal>`. What costs least is looked at first, so a gate is
   * not kept busy with verifying what it would refuse anyway; nothing is remembered before the signature was found
   * right.
   */
  open(bytes: Uint8Array, now: WallMillis): Envelope {
    assert(Number.isFinite(now), 'now is a time')
    const { fields, signedBytes, signature } = takeApart(bytes, this.#limits.payloadBytesMax)
    const { publicKey, timestamp, nonce } = fields
    this.#opened.forgetBefore(now - this.#limits.clockToleranceMs)
    this.#checkTime(timestamp, now)
    const sender = nodeIdFromPublicKey(this.#crypto, publicKey)
    this.#checkSender(sender, timestamp, nonce)
    if (!this.#crypto.ed25519.verify(publicKey, signedBytes, signature)) {
      throw refusal('wrong-signature', `it is not signed by ${sender}`, 'it was damaged on its way, or is forged')
    }
    this.#opened.add(sender, timestamp, nonce)
    return { sender, ...fields, signature }
  }

  #checkTime(timestamp: WallMillis, now: WallMillis): void {
    const { clockToleranceMs } = this.#limits
    const aheadMs = timestamp - now
    if (aheadMs > clockToleranceMs) {
      throw refusal('too-new', `it was sealed ${aheadMs} ms after now`, 'set the clocks of both nodes right')
    }
    if (aheadMs < -clockToleranceMs) {
      throw refusal(
        'too-old',
        `it was sealed ${-aheadMs} ms ago`,
        'set the clocks of both nodes right, or seal it again',
      )
    }
    if (timestamp <= Math.max(this.#earlierRunThrough, this.#opened.forgottenThrough)) {
      const message = 'it is from a time of which this node does not know any more what it opened'
      throw refusal('too-old', message, 'seal it again')
    }
  }

  #checkSender(sender: NodeId, timestamp: WallMillis, nonce: Uint8Array): void {
    if (!this.#accepts(sender)) {
      throw refusal('unknown-sender', `${sender} is not accepted here`, 'let the sender join the cluster first')
    }
    if (this.#opened.has(sender, timestamp, nonce)) {
      throw refusal('replayed', 'it was opened before', 'ignore it if envelopes may come on several ways')
    }
    if (!this.#opened.hasRoomFor(sender)) {
      const message = `no more envelopes of ${sender} can be remembered`
      throw refusal('overloaded', message, 'send fewer, or raise noncesPerSenderMax and noncesMax')
    }
  }
}
