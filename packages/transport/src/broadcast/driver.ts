import type { Crypto } from '@flotilla/core/crypto'
import { nonceLength } from '@flotilla/core/envelope'
import { FlotillaError, unreachable } from '@flotilla/core/errors'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import { silentLogger, silentMetrics, type Counter, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Entropy, Prng } from '@flotilla/core/random'
import type { Clock, Millis, WallMillis } from '@flotilla/core/time'
import type { Broadcast, Broadcasts, Offence, PublishErrorCode } from './broadcast.ts'
import { BroadcastCore, type CoreEffect, type CoreInput, type Moment } from './core.ts'
import { validateBroadcastLimits, type BroadcastLimits } from './limits.ts'
import { messageBytesMax } from './messages.ts'

export interface BroadcastsOptions {
  readonly network: Network
  readonly crypto: Crypto
  /** Of this node: `network.self` is the id of its public key. */
  readonly secretKey: Uint8Array
  readonly clock: Clock
  /** For nonces. */
  readonly entropy: Entropy
  /** For whom to push to, and when to compare. */
  readonly prng: Prng
  /** Whose broadcasts are taken and handed on. Asked for each one before its signature is verified. */
  readonly member: (id: NodeId) => boolean
  readonly settings?: Partial<BroadcastLimits>
  /**
   * Nothing that was signed up to this time is delivered or handed on: for those who stored `deliveredThrough`, and
   * would rather miss a broadcast after a restart than take one twice.
   */
  readonly sealedAfter?: WallMillis
  /** Somebody did what no correct member does; see `BanPolicy`. A throw in it is logged. */
  readonly onOffence?: (offence: Offence) => void
  readonly logger?: Logger
  readonly metrics?: Metrics
}

type Taker = (broadcast: Broadcast) => void

const channelName = 'broadcast'

/** Opens the channel `broadcast` of the network and takes part in spreading what members say, until it is disposed. */
export function createBroadcasts(options: BroadcastsOptions): Broadcasts {
  const limits = validateBroadcastLimits(options.settings)
  const { network, crypto, secretKey } = options
  const bytesMax = messageBytesMax(limits)
  if (bytesMax > network.limits.messageBytesMax) {
    const taken = network.limits.messageBytesMax
    const message = `broadcasts: messages have up to ${bytesMax} bytes, the network takes ${taken}`
    throw new FlotillaError('wrong-setting', message, { hint: 'lower payloadBytesMax, or raise messageBytesMax' })
  }
  const keyId = nodeIdFromPublicKey(crypto, crypto.ed25519.publicKey(secretKey))
  if (keyId !== network.self) {
    throw new FlotillaError('wrong-setting', `broadcasts: the secret key is that of ${keyId}, not of ${network.self}`, {
      hint: 'give the key that the certificate of this node is for',
    })
  }
  return new BroadcastDriver(options, limits)
}

class BroadcastDriver implements Broadcasts {
  readonly #options: BroadcastsOptions
  readonly #limits: BroadcastLimits
  readonly #logger: Logger
  readonly #core: BroadcastCore
  readonly #channel: ReturnType<Network['open']>
  /** None of the lists is empty, and none is ever changed: a taker may subscribe or dispose while it is walked. */
  readonly #takers = new Map<string, readonly Taker[]>()
  /** The lengths of all lists in `#takers`. */
  #takersCount = 0
  readonly #published: Counter
  readonly #delivered: Counter
  readonly #refusals: Counter<'reason'>
  readonly #offences: Counter<'code'>
  #timer: Disposable | undefined
  /** What the timer is set to; undefined when it is not. */
  #wakesAt: Millis | undefined
  #closed = false

  constructor(options: BroadcastsOptions, limits: BroadcastLimits) {
    this.#options = options
    this.#limits = limits
    this.#logger = options.logger ?? silentLogger
    const metrics = options.metrics ?? silentMetrics
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
      metrics.counter({ name: `flotilla_broadcasts_${name}_total`, help, labelNames })
    this.#published = counter('published', 'Broadcasts that this node signed.')
    this.#delivered = counter('delivered', 'Broadcasts of others that were new here.')
    this.#refusals = counter('refused', 'What came in and was not new or not wanted, by why.', 'reason')
    this.#offences = counter('offences', 'What no correct member does, by what.', 'code')
    this.#core = new BroadcastCore({ ...options, self: options.network.self, limits }, this.#moment())
    this.#channel = options.network.open(channelName, {
      peer: (change) => this.#turn({ type: 'peer', change }),
      notice: (from, bytes) => this.#turn({ type: 'notice', from, bytes }),
    })
    this.#wakeLater()
  }

  publish(type: string, payload: Uint8Array): void {
    this.#checkOpen()
    const nonce = this.#options.entropy.bytes(nonceLength)
    this.#core.publish(this.#moment(), type, payload, nonce)
    this.#published.inc({})
    this.#perform()
  }

  subscribe(type: string, take: (broadcast: Broadcast) => void): Disposable {
    this.#checkOpen()
    if (this.#takersCount >= this.#limits.subscriptionsMax) {
      throw new FlotillaError('overloaded', `${this.#takersCount} subscriptions to broadcasts are open`, {
        hint: 'dispose of some, or raise subscriptionsMax',
      })
    }
    // One function may be given twice, and each of the two subscriptions ends on its own.
    const taker: Taker = (broadcast) => take(broadcast)
    this.#takers.set(type, [...this.#takersOf(type), taker])
    this.#takersCount += 1
    return { [Symbol.dispose]: () => this.#unsubscribe(type, taker) }
  }

  figures(): ReturnType<Broadcasts['figures']> {
    return this.#core.figures
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.[Symbol.dispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #takersOf(type: string): readonly Taker[] {
    return this.#takers.get(type) ?? []
  }

  #unsubscribe(type: string, taker: Taker): void {
    const takers = this.#takersOf(type)
    const left = takers.filter((each) => each !== taker)
    this.#takersCount -= takers.length - left.length
    if (left.length === 0) this.#takers.delete(type)
    else this.#takers.set(type, left)
  }

  #checkOpen(): void {
    if (!this.#closed) return
    throw new FlotillaError<PublishErrorCode>('closed', 'these broadcasts were closed', {
      hint: 'create others, or stop what still uses them first',
    })
  }

  #turn(input: CoreInput): void {
    if (this.#closed) return
    this.#core.step(this.#moment(), input)
    this.#perform()
  }

  #perform(): void {
    for (const effect of this.#core.drain()) this.#performOne(effect)
    this.#wakeLater()
  }

  #performOne(effect: CoreEffect): void {
    switch (effect.type) {
      case 'send':
        // A peer that is gone or too slow gets it by comparing, later.
        this.#channel.notify(effect.to, effect.bytes)
        return
      case 'deliver':
        return this.#deliver(effect.broadcast)
      case 'offence':
        return this.#report(effect.offence)
      case 'refused':
        return this.#refusals.inc({ reason: effect.reason })
      default:
        return unreachable(effect, 'effect')
    }
  }

  /** A taker may publish, subscribe and dispose; one that throws keeps it from nobody else. */
  #deliver(broadcast: Broadcast): void {
    this.#delivered.inc({})
    for (const take of this.#takersOf(broadcast.type)) {
      try {
        take(broadcast)
      } catch (error) {
        this.#logger.error({ err: error, type: broadcast.type, from: broadcast.from }, 'a broadcast was not taken')
      }
    }
  }

  #report(offence: Offence): void {
    const { peer, code, message } = offence
    this.#offences.inc({ code })
    this.#logger.warn({ peer, code, why: message }, 'a member misbehaves in broadcasts')
    try {
      this.#options.onOffence?.(offence)
    } catch (error) {
      this.#logger.error({ err: error, peer, code }, 'an offence was not dealt with')
    }
  }

  #wakeLater(): void {
    const deadline = this.#core.deadline()
    if (this.#closed || deadline === this.#wakesAt) return
    this.#timer?.[Symbol.dispose]()
    this.#wakesAt = deadline
    this.#timer = this.#options.clock.wakeAt(deadline, () => {
      this.#wakesAt = undefined
      this.#turn({ type: 'wake' })
    })
  }

  #moment(): Moment {
    const { clock } = this.#options
    return { now: clock.now(), wall: clock.wallNow() }
  }
}
