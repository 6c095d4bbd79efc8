import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, IncomingRequest, Network, PeerChange } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Prng } from '@flotilla/core/random'
import { after, type Clock } from '@flotilla/core/time'
import type { BeaconRefusal, HeardBeacon } from '../beacons/beacon.ts'
import type { Opened } from '../beacons/gate.ts'
import { SourceRates } from '../source-rates.ts'
import type { ExchangeSettings } from './limits.ts'
import { answerCodec, askCodec } from './messages.ts'
import { PacedQueue } from './paced-queue.ts'
import { RecordBook } from './record-book.ts'

export interface ExchangeOptions {
  readonly network: Network
  readonly clock: Clock
  readonly prng: Prng
  readonly logger: Logger
  readonly settings: ExchangeSettings
  /** How old a record may be that is shown or believed. */
  readonly relayedAgeMsMax: number
  /** Our own beacon, as it would go now. */
  readonly ownRecord: () => Uint8Array
  readonly openRelayed: (record: Uint8Array) => Opened
  /** Handed out no faster than `foundPerSecondMax`. */
  readonly onFound: (beacon: HeardBeacon) => void
  readonly onPeer: (change: PeerChange) => void
}

export type ExchangeCounts = Readonly<
  Partial<Record<BeaconRefusal | 'asked' | 'answered' | 'failed' | 'found' | 'dropped', number>>
>

/** What an honest peer may show too: it may have learned of something later than we, or never. */
const harmless: ReadonlySet<BeaconRefusal> = new Set([
  'own',
  'own-key-elsewhere',
  'repeated',
  'replayed',
  'too-old',
  'expired',
  'revoked',
  'over-budget',
  'unsupported-version',
])

/** Asks peers whom they know, when they connect and from time to time, and tells those who ask. */
export class Exchange implements AsyncDisposable {
  readonly #options: ExchangeOptions
  readonly #book: RecordBook
  readonly #channel: Channel
  readonly #asks: PacedQueue<NodeId>
  readonly #found: PacedQueue<HeardBeacon>
  readonly #answers: SourceRates
  readonly #counts = new Map<string, number>()
  readonly #closed = new AbortController()
  #timer: Disposable | undefined

  constructor(options: ExchangeOptions) {
    const { network, clock, settings, onFound, onPeer } = options
    const { asksPerSecondMax, asksWaitingMax, foundPerSecondMax, foundWaitingMax } = settings
    const { answersPerPeerPerSecondMax: perSecondMax, answeredPeersMax: sourcesMax } = settings
    this.#options = options
    this.#book = new RecordBook(settings)
    this.#answers = new SourceRates({ perSecondMax, burstMax: 4 * perSecondMax, sourcesMax })
    this.#asks = new PacedQueue({
      clock,
      perSecondMax: asksPerSecondMax,
      burstMax: asksPerSecondMax,
      waitingMax: asksWaitingMax,
      take: (peer) => void this.#ask(peer),
    })
    this.#found = new PacedQueue({
      clock,
      perSecondMax: foundPerSecondMax,
      burstMax: 2 * foundPerSecondMax,
      waitingMax: foundWaitingMax,
      take: onFound,
    })
    this.#channel = network.open('peers', {
      request: (request) => this.#answer(request),
      peer: (change) => {
        onPeer(change)
        if (change.type === 'up') this.#asks.push(change.peer)
      },
    })
    this.#askLater()
  }

  get counts(): ExchangeCounts {
    return { ...Object.fromEntries(this.#counts), dropped: this.#found.dropped + this.#asks.dropped }
  }

  /** A member was heard, here or elsewhere: others may be told of it. */
  remember(beacon: HeardBeacon): void {
    this.#book.put(beacon)
  }

  forget(id: NodeId): void {
    this.#book.forget(id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed.abort(new FlotillaError('closed', 'discovery was closed'))
    this.#timer?.[Symbol.dispose]()
    this.#asks[Symbol.dispose]()
    this.#found[Symbol.dispose]()
    await this.#channel[Symbol.asyncDispose]()
  }

  #askLater(): void {
    const { clock, network, prng, settings } = this.#options
    const delayMs = Math.floor(settings.askEveryMs / 2) + prng.below(settings.askEveryMs)
    this.#timer = clock.wakeAt(after(clock.now(), delayMs), () => {
      this.#askLater()
      const peers = network.peers()
      if (peers.length > 0) this.#asks.push(prng.pick(peers))
    })
  }

  /** Never rejects: a peer that does not answer is asked again some other time. */
  async #ask(peer: NodeId): Promise<void> {
    const { clock, logger, relayedAgeMsMax, settings } = this.#options
    const { askTimeoutMs: timeoutMs, knownPerAskMax: countMax } = settings
    this.#count('asked')
    try {
      const known = this.#book.known({ since: clock.wallNow() - relayedAgeMsMax, countMax })
      const { signal } = this.#closed
      const answer = await this.#channel.request(peer, askCodec.encode({ known }), { timeoutMs, signal })
      if (!signal.aborted) this.#take(peer, answerCodec.decode(answer).records)
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      this.#count('failed')
      if (error instanceof ProtocolError) logger.warn({ peer, err: error }, 'a peer answered what makes no sense')
      else logger.debug({ peer, err: error }, 'a peer did not say whom it knows')
    }
  }

  #take(peer: NodeId, records: readonly Uint8Array[]): void {
    const { logger, openRelayed, settings } = this.#options
    for (const record of records.slice(0, settings.recordsPerAnswerMax)) {
      const opened = openRelayed(record)
      if (opened.type === 'heard') {
        this.#count('found')
        this.#book.put(opened.beacon)
        this.#found.push(opened.beacon)
        continue
      }
      this.#count(opened.why)
      if (harmless.has(opened.why)) continue
      logger.warn({ peer, why: opened.why }, 'a peer showed a record that is not signed by a member: it is ignored')
      return // Whoever shows one of these gets no more of our time for the rest.
    }
  }

  /** A fresh record of ourselves comes first: to have it is what lets a peer tell others of us. */
  async #answer({ from, payload }: IncomingRequest): Promise<Uint8Array> {
    const { clock, prng, settings, relayedAgeMsMax, ownRecord } = this.#options
    if (!this.#answers.take(from, clock.now())) {
      throw new FlotillaError('overloaded', 'you ask for peers too often', { hint: 'wait a second' })
    }
    const { known } = askCodec.decode(payload)
    const others = this.#book.answer(known, {
      asker: from,
      since: clock.wallNow() - relayedAgeMsMax,
      refreshMs: settings.recordRefreshMs,
      countMax: settings.recordsPerAnswerMax - 1,
      prng,
    })
    this.#count('answered')
    return answerCodec.encode({ records: [ownRecord(), ...others] })
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }
}
