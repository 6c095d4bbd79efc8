import { FlotillaError, unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, IncomingRequest } from '@flotilla/core/network'
import { silentLogger, silentMetrics, type Logger } from '@flotilla/core/observe'
import type { Millis } from '@flotilla/core/time'
import type { Member, MemberMetadata, MembershipEvent } from '../member.ts'
import type { FoundMember } from '../ports.ts'
import { SourceRates } from '../source-rates.ts'
import { comparisonAnswerCodec, comparisonRequestCodec, type ComparisonRequest } from './comparison-messages.ts'
import { beginning, checkMetadata } from './beginning.ts'
import type { Comparing } from './comparison.ts'
import { MembershipCore } from './core.ts'
import type { MembershipEffect, MembershipInput } from './effect.ts'
import { EventStreams } from './event-streams.ts'
import { instruments, type Instruments } from './instruments.ts'
import { membershipChannel, type Membership, type MembershipOptions } from './membership.ts'
import { encodePacket, type Path } from './messages.ts'
import { PacketGate } from './packet-gate.ts'
import { sealPacket } from './packet-seal.ts'
import { ProofWatch } from './proof-watch.ts'
import { validateMembershipSettings, type MembershipSettings } from './settings.ts'
import { signatureVouching } from './vouching.ts'

export function createMembership(options: MembershipOptions): Membership {
  const driver = new MembershipDriver(options)
  driver.start()
  return driver
}

class MembershipDriver implements Membership {
  readonly #options: MembershipOptions
  readonly #settings: MembershipSettings
  readonly #logger: Logger
  readonly #core: MembershipCore
  readonly #gate: PacketGate
  readonly #proofs: ProofWatch
  readonly #streams: EventStreams
  readonly #instruments: Instruments
  readonly #requestRates: SourceRates
  readonly #departed = Promise.withResolvers<number>()
  readonly #closing = new AbortController()
  readonly #tasks = new Set<Promise<void>>()
  #channel: Channel | undefined
  #timer: Disposable | undefined
  #counter = 0
  #hasLeft = false

  constructor(options: MembershipOptions) {
    const { clock, credentials, crypto, prng, datagrams } = options
    const settings = validateMembershipSettings(options.settings)
    this.#options = options
    this.#settings = settings
    this.#logger = (options.logger ?? silentLogger).child({ part: 'membership' })
    this.#instruments = instruments(options.metrics ?? silentMetrics)
    checkMetadata(options.metadata, settings)
    const { metadataBytesMax } = settings
    const vouching = signatureVouching({ credentials, crypto, metadataBytesMax })
    const { wallMs, session } = beginning(clock, prng)
    const first = { id: credentials.self, incarnation: wallMs, session, leaving: false, metadata: options.metadata }
    const ownKey = credentials.check(credentials.proof()).publicKey
    this.#core = new MembershipCore(
      { settings, vouching, ownKey, prng, first: { ...first, datagrams: datagrams?.addresses() ?? [] } },
      clock.now(),
    )
    this.#gate = new PacketGate(
      {
        settings,
        crypto,
        vouching,
        self: credentials.self,
        entryOf: (id) => this.#core.entry(id),
        proofOf: (id) => this.#core.proofOf(id),
      },
      clock.now(),
    )
    this.#proofs = new ProofWatch(settings, credentials, this.#core, clock.now())
    this.#streams = new EventStreams(settings)
    const { requestsPerPeerPerSecondMax: perSecondMax, membersMax: sourcesMax } = settings
    this.#requestRates = new SourceRates({ perSecondMax, burstMax: perSecondMax, sourcesMax })
  }

  start(): void {
    const { datagrams, network } = this.#options
    this.#channel = network.open(membershipChannel, {
      peer: ({ type: change, peer }) => this.#turn({ type: 'peer', change, peer }),
      notice: (from, payload) => this.#receive('connection', payload, from),
      request: (request) => this.#answer(request),
    })
    datagrams?.start({
      received: (from, bytes) => this.#receive(from, bytes),
      addressesChanged: () => this.#turn({ type: 'addresses', datagrams: datagrams.addresses() }),
    })
    this.#turn({ type: 'wake' })
  }

  get question(): number {
    return this.#core.question
  }

  self(): Member {
    return this.#core.self()
  }

  members(): readonly Member[] {
    return this.#core.members()
  }

  degraded(): boolean {
    return this.#core.isDegraded
  }

  setMetadata(metadata: MemberMetadata): void {
    checkMetadata(metadata, this.#settings)
    this.#turn({ type: 'metadata', metadata })
  }

  events(options: { readonly signal?: AbortSignal } = {}): AsyncIterableIterator<MembershipEvent, undefined> {
    return this.#streams.open(options.signal)
  }

  leave(): Promise<number> {
    if (!this.#hasLeft && !this.#closing.signal.aborted) {
      this.#hasLeft = true
      this.#turn({ type: 'leave' })
    }
    return this.#departed.promise
  }

  meet(member: FoundMember): void {
    this.#turn({ type: 'found', member })
  }

  recheck(): void {
    for (const input of this.#proofs.look(this.#now())) this.#turn(input)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closing.signal.aborted) return
    this.#closing.abort(new FlotillaError('closed', 'membership was closed here'))
    this.#timer?.[Symbol.dispose]()
    this.#streams.close()
    this.#departed.resolve(0)
    await this.#channel?.[Symbol.asyncDispose]()
    await Promise.all(this.#tasks)
  }

  #now(): Millis {
    return this.#options.clock.now()
  }

  #turn(input: MembershipInput): void {
    if (this.#closing.signal.aborted) return
    const now = this.#now()
    this.#core.step(now, input)
    if (this.#proofs.deadline <= now) for (const found of this.#proofs.look(now)) this.#core.step(now, found)
    this.#perform()
  }

  #perform(): void {
    for (const effect of this.#core.drain()) this.#do(effect)
    const { gossip, probes, stretch, known } = this.#core.figures()
    this.#instruments.figures({ gossip, probes, stretch, known, degraded: this.#core.isDegraded })
    this.#timer?.[Symbol.dispose]()
    const wakeAt = Math.min(this.#core.deadline(), this.#proofs.deadline) as Millis
    this.#timer = this.#options.clock.wakeAt(wakeAt, () => this.#turn({ type: 'wake' }))
  }

  #do(effect: MembershipEffect): void {
    switch (effect.type) {
      case 'send':
        return this.#send(effect)
      case 'probe-connection':
        return this.#run(this.#probe(effect.peer, effect.sequence, effect.timeoutMs))
      case 'exchange':
        return this.#run(this.#exchange(effect.peer))
      case 'event':
        this.#instruments.event(effect.event.type)
        this.#logger.debug({ event: effect.event }, 'membership changed')
        return this.#streams.push(effect.event)
      case 'departed':
        return this.#departed.resolve(effect.witnesses)
      case 'refused':
        return this.#instruments.refused(effect.why)
      default:
        return unreachable(effect, 'effect')
    }
  }

  #send({ to, path, message, gossip }: MembershipEffect & { readonly type: 'send' }): void {
    const { credentials, datagrams } = this.#options
    const { session } = this.#core.record
    const packet = encodePacket(message, gossip)
    const sign = (bytes: Uint8Array): Uint8Array => credentials.sign(bytes)
    const bytes = sealPacket({ sender: credentials.self, session, counter: ++this.#counter, packet, sign })
    this.#instruments.sent(path === 'connection' ? 'connection' : 'datagram', bytes.length)
    if (path === 'connection') this.#channel?.notify(to, bytes)
    else datagrams?.send(path, bytes)
  }

  #receive(path: Path, bytes: Uint8Array, peer?: NodeId): void {
    if (this.#closing.signal.aborted) return
    let opened = this.#gate.open(this.#now(), bytes, path, peer)
    if (opened.type === 'other-session') {
      // Only a record speaks for itself; the rest of a packet counts when its session is known to be the present one.
      const { from, gossip } = opened
      const records = gossip.filter((piece) => piece.gossip.type === 'record')
      this.#turn({ type: 'packet', from, path: 'connection', message: { type: 'gossip' }, gossip: records })
      opened = this.#gate.open(this.#now(), bytes, path, peer)
    }
    if (opened.type === 'packet' || opened.type === 'stranger') return this.#turn({ ...opened, path })
    this.#instruments.refused(opened.type === 'refused' ? opened.why : opened.type)
    const by = opened.type === 'refused' ? opened.ask : opened.from
    if (by !== undefined) this.#turn({ type: 'puzzled', by })
  }

  async #answer({ from, payload }: IncomingRequest): Promise<Uint8Array> {
    if (!this.#requestRates.take(from, this.#now())) {
      this.#instruments.refused('too-many')
      throw new FlotillaError('overloaded', 'too many requests', { hint: 'ask again in a second' })
    }
    const answer = this.#core.answer(this.#now(), from, comparisonRequestCodec.decode(payload))
    this.#perform()
    return Promise.resolve(comparisonAnswerCodec.encode(answer))
  }

  /** Asks the member itself, over its connection. */
  async #probe(peer: NodeId, sequence: number, timeoutMs: number): Promise<void> {
    const reached = await this.#ask(peer, { type: 'probe' }, timeoutMs).then(
      () => true,
      (error: unknown) => this.#passOver(error),
    )
    this.#turn({ type: 'connection-probed', sequence, reached })
  }

  async #exchange(peer: NodeId): Promise<void> {
    let comparing: Comparing | undefined = this.#core.compare(this.#now())
    try {
      for (let round = 0; comparing !== undefined && round < this.#settings.exchangeRoundsMax; round++) {
        const answer = await this.#ask(peer, comparing.request, this.#settings.exchangeTimeoutMs)
        if (this.#closing.signal.aborted) return
        comparing = this.#core.proceed(this.#now(), comparing, comparisonAnswerCodec.decode(answer))
        this.#perform()
      }
      this.#turn({ type: 'exchanged', peer, succeeded: true })
    } catch (error) {
      this.#passOver(error)
      this.#turn({ type: 'exchanged', peer, succeeded: false })
    }
  }

  async #ask(peer: NodeId, request: ComparisonRequest, timeoutMs: number): Promise<Uint8Array> {
    const { signal } = this.#closing
    signal.throwIfAborted()
    const payload = comparisonRequestCodec.encode(request)
    if (this.#channel === undefined) throw new FlotillaError('closed', 'membership has no channel')
    return this.#channel.request(peer, payload, { timeoutMs, signal })
  }

  /** What goes wrong between members is what membership is there for; anything else is a bug, and not hidden. */
  #passOver(error: unknown): false {
    if (!(error instanceof FlotillaError)) throw error
    this.#instruments.refused(String(error.code))
    return false
  }

  #run(task: Promise<void>): void {
    const kept = task
      .catch((err: unknown) => this.#logger.error({ err }, 'membership failed in a way that it did not foresee'))
      .finally(() => this.#tasks.delete(kept))
    this.#tasks.add(kept)
  }
}
