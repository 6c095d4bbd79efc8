import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, IncomingRequest, Network } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { PeerRate } from '../peer-rate.ts'
import type { BookState } from './account-book.ts'
import {
  AccountSpread,
  type AccountSpreadEffect,
  type AccountSpreadInput,
  type AccountSpreadSettings,
} from './account-spread.ts'
import { accountLimits } from './config.ts'
import { accountAnswerCodec, accountRequestCodec, bookStateCodec } from './messages.ts'

/** What the channel needs of the accounts that it spreads. */
export interface AccountsHost {
  state(): BookState
  page(after: string): { readonly entries: readonly Uint8Array[]; readonly next: string | undefined }
  /** Takes over what is new and returns whether something was; throws a `ProtocolError` for what nobody vouches for. */
  adopt(entries: readonly Uint8Array[]): boolean
  /** Writes down what could not be written down before, and forgets what is over. */
  tidy(): Promise<void>
}

export interface AccountsDriverOptions {
  readonly network: Network
  readonly clock: Clock
  readonly logger: Logger
  readonly settings: AccountSpreadSettings & { readonly requestMsMax: number }
  readonly host: AccountsHost
  /** Whether a peer is told of accounts, and believed: guests and replicas are not. */
  readonly admits: (peer: NodeId) => boolean
}

const accountsChannelName = 'cluster-accounts'

/** Spreads the book of accounts over a channel of its own, which members of an earlier version do not have. */
export class AccountsDriver implements AsyncDisposable {
  readonly #options: AccountsDriverOptions
  readonly #spread: AccountSpread
  readonly #channel: Channel
  readonly #rate = new PeerRate(accountLimits)
  readonly #closed = new AbortController()
  #timer: Disposable | undefined
  #isTidying = false

  constructor(options: AccountsDriverOptions) {
    const { network, clock, settings, host } = options
    this.#options = options
    this.#spread = new AccountSpread(settings, host.state(), clock.now())
    this.#channel = network.open(accountsChannelName, {
      peer: ({ type, peer }) => this.#turn({ type, peer }),
      notice: (peer, payload) => this.#heard(peer, payload),
      request: (request) => this.#answer(request),
    })
    this.#turn({ type: 'wake' })
  }

  /** Our book is another now. */
  changed(): void {
    this.#turn({ type: 'changed', state: this.#options.host.state() })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#timer?.[Symbol.dispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #turn(input: AccountSpreadInput): void {
    if (this.#closed.signal.aborted) return
    const { clock } = this.#options
    this.#spread.step(clock.now(), input)
    for (const effect of this.#spread.drain()) this.#perform(effect)
    if (!this.#isTidying) void this.#tidy()
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.wakeAt(this.#spread.deadline(), () => this.#turn({ type: 'wake' }))
  }

  #perform({ type, peer }: AccountSpreadEffect): void {
    const { host, admits } = this.#options
    switch (type) {
      case 'tell':
        // A notice that is not accepted is made up for by the next heartbeat.
        if (admits(peer)) this.#channel.notify(peer, bookStateCodec.encode(host.state()))
        return
      case 'pull':
        void this.#pull(peer)
    }
  }

  async #tidy(): Promise<void> {
    const { logger, host } = this.#options
    this.#isTidying = true
    try {
      await host.tidy()
    } catch (error) {
      logger.error({ err: error }, 'the accounts could not be written down')
    }
    this.#isTidying = false
  }

  async #pull(peer: NodeId): Promise<void> {
    let hadNews: boolean | undefined
    try {
      hadNews = await this.#pulled(peer)
    } catch (error) {
      if (!this.#closed.signal.aborted) {
        this.#options.logger.warn({ err: error, peer }, 'the accounts could not be fetched')
      }
    }
    this.#turn({ type: 'pulled', peer, hadNews })
  }

  async #pulled(peer: NodeId): Promise<boolean> {
    const { host, settings } = this.#options
    const options = { timeoutMs: settings.requestMsMax, signal: this.#closed.signal }
    let hadNews = false
    let after = ''
    for (let page = 0; page < accountLimits.pagesMax; page++) {
      const question = accountRequestCodec.encode({ type: 'page', after })
      const { entries, next } = accountAnswerCodec.decode(await this.#channel.request(peer, question, options))
      // Its own place in the order, so that it cannot lead us in a circle.
      if (next !== null && next <= after) throw new ProtocolError('malformed', 'the accounts do not go on')
      if (host.adopt(entries)) hadNews = true
      if (next === null) break
      after = next
    }
    return hadNews
  }

  #heard(peer: NodeId, payload: Uint8Array): void {
    if (!this.#options.admits(peer)) return
    try {
      this.#turn({ type: 'beat', peer, state: bookStateCodec.decode(payload) })
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.#options.logger.debug({ err: error, peer }, 'what a peer says of its accounts is malformed')
    }
  }

  async #answer({ from, payload }: IncomingRequest): Promise<Uint8Array> {
    const { after } = accountRequestCodec.decode(payload)
    const { admits, host, clock } = this.#options
    if (!admits(from)) throw new FlotillaError('forbidden', 'accounts are told to nodes and operators only')
    if (!this.#rate.take(from, clock.now())) {
      throw new FlotillaError('overloaded', 'that are too many requests for accounts', {
        hint: `ask once in ${accountLimits.requestsPerPeerEveryMs} ms`,
      })
    }
    const { entries, next = null } = host.page(after)
    return accountAnswerCodec.encode({ type: 'page', entries, next })
  }
}
