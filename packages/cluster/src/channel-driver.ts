import type { CertificateFacts } from '@flotilla/certificates'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, IncomingRequest, Network } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Prng } from '@flotilla/core/random'
import type { Clock, Millis } from '@flotilla/core/time'
import { answerCodec, beatCodec, requestCodec, type ChannelAnswer, type ChannelRequest } from './channel-messages.ts'
import { clusterLimits, type ClusterSettings } from './config.ts'
import { ListSpread, type SpreadEffect, type SpreadInput } from './list-spread.ts'
import { PeerRate } from './peer-rate.ts'
import { Renewal } from './renewal.ts'
import { noList, type ListVersion } from './revocation-list.ts'

/** What the channel needs of the member whose it is. */
export interface ChannelHost {
  /** What our certificate says. */
  readonly facts: CertificateFacts
  isAuthority(): boolean
  version(): ListVersion
  list(): Uint8Array | undefined
  /** Takes the list over if it is a later one, and returns its version; throws a `ProtocolError` for a false one. */
  adopt(list: Uint8Array): ListVersion
  answerRenewal(from: NodeId, certificate: Uint8Array): ChannelAnswer
  /** Gets a new certificate for this member; `ask` brings the question to a holder of the authority. */
  renew(ask: RenewalQuestion): Promise<void>
  /** Writes down what could not be written down before. */
  tidy(): Promise<void>
}

export interface RenewalQuestion {
  /** Peers that say that they hold the authority. */
  readonly authorities: readonly NodeId[]
  readonly ask: (authority: NodeId, certificate: Uint8Array) => Promise<ChannelAnswer>
}

export interface ChannelDriverOptions {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: ClusterSettings
  readonly prng: Prng
  readonly host: ChannelHost
}

export const channelName = 'cluster'

/** Spreads the list of revocations over the channel `cluster`, and renews certificates over it. */
export class ChannelDriver implements AsyncDisposable {
  readonly #options: ChannelDriverOptions
  readonly #spread: ListSpread
  readonly #renewal: Renewal
  readonly #channel: Channel
  readonly #rate = new PeerRate(clusterLimits)
  readonly #closed = new AbortController()
  #timer: Disposable | undefined
  #isTidying = false

  constructor(options: ChannelDriverOptions) {
    const { network, clock, settings, prng, host } = options
    this.#options = options
    this.#spread = new ListSpread(settings, host.version(), clock.now())
    this.#renewal = new Renewal(settings, prng, host.facts, clock.now())
    this.#channel = network.open(channelName, {
      peer: ({ type, peer }) => this.#turn({ type, peer }),
      notice: (peer, payload) => this.#heard(peer, payload),
      request: (request) => this.#answer(request),
    })
    this.#turn({ type: 'wake' })
  }

  /** Our list is another now. */
  changed(): void {
    this.#turn({ type: 'changed', version: this.#options.host.version() })
  }

  /** Gets a new certificate at once; rejects with why that failed. */
  async renewNow(): Promise<void> {
    const { clock, host } = this.#options
    const authorities = this.#spread.authorities()
    await host.renew({ authorities, ask: (to, certificate) => this.#ask(to, { type: 'renew', certificate }) })
    this.#renewal.renewed(clock.now(), host.facts)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#timer?.[Symbol.dispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #turn(input: SpreadInput): void {
    if (this.#closed.signal.aborted) return
    const { clock } = this.#options
    this.#spread.step(clock.now(), input)
    for (const effect of this.#spread.drain()) this.#perform(effect)
    this.#look(clock.now())
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.wakeAt(this.#spread.deadline(), () => this.#turn({ type: 'wake' }))
  }

  #perform(effect: SpreadEffect): void {
    const { host } = this.#options
    switch (effect.type) {
      case 'tell':
        // A notice that is not accepted is made up for by the next heartbeat.
        this.#channel.notify(effect.peer, beatCodec.encode({ ...host.version(), isAuthority: host.isAuthority() }))
        return
      case 'pull':
        void this.#pull(effect.peer)
    }
  }

  /** Looks at our certificate, and at what is not written down yet. */
  #look(now: Millis): void {
    const { clock, logger, host } = this.#options
    for (const effect of this.#renewal.step(now, clock.wallNow())) {
      if (effect === 'renew') void this.#renewOrFail()
      else logger.warn({ notAfter: new Date(host.facts.notAfter).toISOString() }, 'the certificate expires soon')
    }
    if (!this.#isTidying) void this.#tidy()
  }

  async #tidy(): Promise<void> {
    const { logger, host } = this.#options
    this.#isTidying = true
    try {
      await host.tidy()
    } catch (error) {
      logger.error({ err: error }, 'the list of revocations could not be written down')
    }
    this.#isTidying = false
  }

  async #renewOrFail(): Promise<void> {
    const { clock, logger } = this.#options
    try {
      await this.renewNow()
    } catch (error) {
      if (this.#closed.signal.aborted) return
      this.#renewal.failed(clock.now())
      logger.warn({ err: error }, 'the certificate could not be renewed')
    }
  }

  async #pull(peer: NodeId): Promise<void> {
    const { logger, host } = this.#options
    let version: ListVersion | undefined
    try {
      const answer = await this.#ask(peer, { type: 'list' })
      version = answer.type === 'list' && answer.list.length > 0 ? host.adopt(answer.list) : noList
    } catch (error) {
      logger.warn({ err: error, peer }, 'the list of revocations could not be fetched')
      if (error instanceof ProtocolError) version = noList
    }
    this.#turn({ type: 'pulled', peer, version })
  }

  async #ask(to: NodeId, question: ChannelRequest): Promise<ChannelAnswer> {
    const options = { timeoutMs: this.#options.settings.requestMsMax, signal: this.#closed.signal }
    return answerCodec.decode(await this.#channel.request(to, requestCodec.encode(question), options))
  }

  #heard(peer: NodeId, payload: Uint8Array): void {
    try {
      this.#turn({ type: 'beat', peer, beat: beatCodec.decode(payload) })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#options.logger.debug({ err: error, peer }, 'a heartbeat is malformed')
    }
  }

  async #answer({ from, payload }: IncomingRequest): Promise<Uint8Array> {
    const question = requestCodec.decode(payload)
    if (!this.#rate.take(from, this.#options.clock.now())) {
      throw new FlotillaError('overloaded', 'that are too many requests over the channel "cluster"', {
        hint: `ask once in ${clusterLimits.requestsPerPeerEveryMs} ms`,
      })
    }
    return answerCodec.encode(this.#answerTo(from, question))
  }

  #answerTo(from: NodeId, question: ChannelRequest): ChannelAnswer {
    const { host } = this.#options
    if (question.type === 'renew') return host.answerRenewal(from, question.certificate)
    return { type: 'list', list: host.list() ?? new Uint8Array(0) }
  }
}
