import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { Backoff } from '@flotilla/core/machines'
import type { Channel, IncomingRequest, Network } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { ReplicationInstruments } from '../instruments.ts'
import type { ReplicationLimits } from '../limits.ts'
import type { Membership } from '../membership.ts'
import type { ReadingEnd } from './feed-reader.ts'
import { feedCodecs, type FeedAnswer, type FeedRequest } from './messages.ts'

const channelName = 'cas-statements'

export interface FeedsOptions {
  readonly network: Network
  readonly clock: Clock
  readonly random: Prng
  readonly limits: ReplicationLimits
  readonly membership: Membership
  readonly logger: Logger
  readonly instruments: ReplicationInstruments
  /** Reads on in the feed of that peer. */
  readonly read: (peer: NodeId) => Promise<ReadingEnd>
  readonly answer: (from: NodeId, request: FeedRequest) => Promise<FeedAnswer>
}

interface PeerReading {
  /** Something may have happened since the reading under way began. */
  isWanted: boolean
  isReading: boolean
  timer: Disposable | undefined
  readonly backoff: Backoff
}

const news = new Uint8Array([1])

/** The channel on which members tell each other what they know: who is asked when, and who is answered. */
export class Feeds implements AsyncDisposable {
  readonly #options: FeedsOptions
  readonly #codecs = feedCodecs()
  readonly #readings = new Map<NodeId, PeerReading>()
  /** How many requests of each peer are being worked on. */
  readonly #serving = new Map<NodeId, number>()
  readonly #working = new Set<Promise<unknown>>()
  readonly #closed = new AbortController()
  #channel: Channel | undefined
  #newsTimer: Disposable | undefined
  #isNews = false

  constructor(options: FeedsOptions) {
    this.#options = options
  }

  open(): void {
    this.#channel = this.#options.network.open(channelName, {
      peer: ({ type, peer }) => (type === 'up' ? this.want(peer) : this.#forget(peer)),
      notice: (from) => this.want(from),
      request: (request) => this.#tracked(this.#serve(request)),
    })
  }

  /** Members that can be asked now. */
  connected(): readonly NodeId[] {
    return this.#options.network.peers().filter((peer) => this.#options.membership.isMember(peer))
  }

  /** There is something new here: the peers are told soon. */
  tell(): void {
    this.#isNews = true
    if (this.#newsTimer !== undefined || this.#closed.signal.aborted) return
    const { clock, limits } = this.#options
    this.#newsTimer = clock.wakeAt(after(clock.now(), limits.newsPauseMs), () => {
      this.#newsTimer = undefined
      if (!this.#isNews) return
      this.#isNews = false
      for (const peer of this.connected()) this.#channel?.notify(peer, news)
    })
  }

  /** Reads on in that peer's feed, soon. */
  want(peer: NodeId): void {
    if (this.#closed.signal.aborted || !this.#options.membership.isMember(peer)) return
    const reading = this.#reading(peer)
    reading.isWanted = true
    // One that failed lately is asked when its pause is over.
    if (!reading.isReading && reading.timer === undefined) this.#readSoon(peer, reading, 0)
  }

  wantAll(): void {
    for (const peer of this.connected()) this.want(peer)
  }

  /** Asks a peer; rejects with the errors of the network, and `ProtocolError` for an answer that is none. */
  async ask(peer: NodeId, request: FeedRequest, signal?: AbortSignal): Promise<FeedAnswer> {
    if (this.#channel === undefined) throw new FlotillaError('closed', 'the blob store was closed')
    const { requestTimeoutMs } = this.#options.limits
    const options = { timeoutMs: requestTimeoutMs, ...(signal === undefined ? {} : { signal }) }
    const answer = await this.#channel.request(peer, this.#codecs.request.encode(request), options)
    return this.#codecs.answer.decode(answer)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort()
    this.#newsTimer?.[Symbol.dispose]()
    for (const { timer } of this.#readings.values()) timer?.[Symbol.dispose]()
    await this.#channel?.[Symbol.asyncDispose]()
    while (this.#working.size > 0) await Promise.allSettled(this.#working)
  }

  #reading(peer: NodeId): PeerReading {
    const known = this.#readings.get(peer)
    if (known !== undefined) return known
    const { retryPauseMs, retryPauseMsMax } = this.#options.limits
    const backoff = new Backoff(this.#options.random, {
      firstMs: retryPauseMs,
      capMs: retryPauseMsMax,
      jitter: 'equal',
    })
    const fresh: PeerReading = { isWanted: false, isReading: false, timer: undefined, backoff }
    this.#readings.set(peer, fresh)
    return fresh
  }

  #forget(peer: NodeId): void {
    const reading = this.#readings.get(peer)
    reading?.timer?.[Symbol.dispose]()
    if (reading?.isReading !== true) this.#readings.delete(peer)
    else reading.timer = undefined
  }

  #readSoon(peer: NodeId, reading: PeerReading, pauseMs: number): void {
    const { clock } = this.#options
    reading.timer = clock.wakeAt(after(clock.now(), pauseMs), () => {
      reading.timer = undefined
      if (this.#options.membership.isMember(peer)) void this.#tracked(this.#read(peer, reading))
      else this.#readings.delete(peer)
    })
  }

  /** It never rejects. */
  async #read(peer: NodeId, reading: PeerReading): Promise<void> {
    const { read, limits } = this.#options
    reading.isReading = true
    reading.isWanted = false
    let pauseMs: number
    try {
      const end = await read(peer)
      if (end !== 'going-nowhere') reading.backoff.reset()
      const isMore = end === 'more' || reading.isWanted
      pauseMs = isMore ? limits.newsPauseMs : limits.askAgainMs
      if (end === 'going-nowhere') pauseMs = reading.backoff.nextMs()
    } catch (error) {
      pauseMs = reading.backoff.nextMs()
      this.#failed(peer, error)
    }
    reading.isReading = false
    if (this.#closed.signal.aborted || this.#readings.get(peer) !== reading) return
    if (!this.#options.network.peers().includes(peer)) return void this.#readings.delete(peer)
    this.#readSoon(peer, reading, pauseMs)
  }

  #failed(peer: NodeId, error: unknown): void {
    if (this.#closed.signal.aborted) return
    const { logger, instruments } = this.#options
    const code = error instanceof FlotillaError ? String(error.code) : ''
    if (code === 'forged-statement') instruments.statementsRefused.inc({ why: 'forged' })
    if (code === 'malformed-statement') instruments.statementsRefused.inc({ why: 'malformed' })
    const isRoutine = code === 'peer-unreachable' || code === 'deadline-exceeded' || code === 'not-served'
    if (isRoutine) logger.debug({ peer, err: error }, 'the blob statements of a peer could not be read')
    else logger.warn({ peer, err: error }, 'the blob statements of a peer could not be read')
  }

  async #serve({ from, payload }: IncomingRequest): Promise<Uint8Array> {
    const { membership, limits, answer } = this.#options
    if (!membership.isMember(from)) throw new FlotillaError('not-admitted', 'this node knows of no such member')
    const serving = this.#serving.get(from) ?? 0
    if (serving >= limits.servedPerPeerMax) {
      throw new FlotillaError('overloaded', `${serving} requests are worked on already (servedPerPeerMax)`)
    }
    this.#serving.set(from, serving + 1)
    try {
      return this.#codecs.answer.encode(await answer(from, this.#codecs.request.decode(payload)))
    } finally {
      const left = (this.#serving.get(from) ?? 1) - 1
      if (left === 0) this.#serving.delete(from)
      else this.#serving.set(from, left)
    }
  }

  #tracked<Result>(work: Promise<Result>): Promise<Result> {
    const settled = work.then(
      () => undefined,
      () => undefined,
    )
    this.#working.add(settled)
    void settled.then(() => this.#working.delete(settled))
    return work
  }
}
