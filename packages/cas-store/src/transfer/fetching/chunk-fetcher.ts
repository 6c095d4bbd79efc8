import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { WantedChunk } from '../../tree/contract.ts'
import type { ChunkKind } from '../../types.ts'
import type { FetchReport, LeftOutReason } from '../contract.ts'
import { LentSlabs } from '../lent-slabs.ts'
import { SlabPool, type Slab } from '../slab-pool.ts'
import type { TransferContext } from '../transfer-context.ts'
import type { BatchNumber } from '../wire/messages.ts'
import { FetchJobs } from './fetch-jobs.ts'
import type { FetchEffect } from './fetch-effects.ts'
import { FetchPlan } from './fetch-plan.ts'
import { FetchStream, type ReceivedBatch, type ReceivedChunk } from './fetch-stream.ts'
import { keyOf } from './planned-chunk.ts'

/** Which of them are what they are said to be. A rejection means that this node cannot go on. */
export type AcceptChunks = (kind: ChunkKind, chunks: readonly ReceivedChunk[]) => Promise<readonly boolean[]>

export interface ChunkFetcherOptions {
  readonly context: TransferContext
  readonly holders: () => readonly NodeId[]
  readonly accept: AcceptChunks
  /** `lists`: of content it is enough that it was accepted, so nothing is given, and its memory is used again. */
  readonly gives: 'everything' | 'lists'
}

/** One stream to one peer, from its opening on. */
interface Lane {
  readonly peer: NodeId
  stream: FetchStream | undefined
  /** Settles when the answers to all that was asked so far have come. */
  answers: Promise<void>
}

const nothing = new Uint8Array(0)

/** Fetches chunks from several peers at once: does what the plan says. */
export class ChunkFetcher implements AsyncDisposable {
  readonly report: FetchReport
  readonly #context: TransferContext
  readonly #holders: () => readonly NodeId[]
  readonly #accept: AcceptChunks
  readonly #givesContent: boolean
  readonly #slabs: SlabPool
  readonly #lent = new LentSlabs()
  readonly #plan: FetchPlan
  readonly #jobs = new FetchJobs()
  readonly #lanes = new Map<NodeId, Lane>()
  readonly #bytesByPeer = new Map<NodeId, number>()
  readonly #leftOut = new Map<NodeId, LeftOutReason>()
  readonly #closed = new AbortController()
  #timer: Disposable | undefined

  constructor({ context, holders, accept, gives }: ChunkFetcherOptions) {
    this.#context = context
    this.#holders = holders
    this.#accept = accept
    this.#givesContent = gives === 'everything'
    this.#plan = new FetchPlan(context.settings)
    const { sourceBytesInFlightMax, batchBytesMax } = context.settings
    this.#slabs = new SlabPool(
      (byteLength) => context.workshop.slab(byteLength),
      Math.ceil(sourceBytesInFlightMax / batchBytesMax),
    )
    this.report = { bytesByPeer: this.#bytesByPeer, leftOut: this.#leftOut }
  }

  /** In the order asked for. */
  async fetch(wanted: readonly WantedChunk[], signal?: AbortSignal): Promise<readonly Uint8Array[]> {
    signal?.throwIfAborted()
    this.#closed.signal.throwIfAborted()
    if (wanted.length === 0) return []
    const { chunksWaitingMax } = this.#context.settings
    if (this.#plan.size + wanted.length > chunksWaitingMax) {
      throw new FlotillaError('overloaded', `more than ${chunksWaitingMax} chunks are being fetched`, {
        hint: 'ask for fewer at once (chunksWaitingMax)',
      })
    }
    const { chunks, giveUp } = this.#jobs.add(wanted)
    const abort = (): void => this.#plan.forget(giveUp(signal?.reason))
    signal?.addEventListener('abort', abort, { once: true })
    this.#plan.want(wanted)
    this.#advance()
    try {
      return await chunks
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  /** Who got these needs them no more, and has given them to nobody. */
  letGo(chunks: readonly Uint8Array[]): void {
    this.#lent.letGo(chunks)
  }

  /** A peer is connected again. */
  peerIsUp(peer: NodeId): void {
    this.#plan.back(peer)
    this.#advance()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#close(new FlotillaError('closed', 'this source of chunks was closed'))
    return Promise.resolve()
  }

  #close(reason: unknown): void {
    if (this.#closed.signal.aborted) return
    this.#closed.abort(reason)
    this.#timer?.[Symbol.dispose]()
    for (const peer of this.#lanes.keys()) this.#drop(peer, 'not needed any more')
    this.#jobs.failAll(reason)
  }

  #advance(): void {
    if (this.#closed.signal.aborted) return
    const { clock } = this.#context
    this.#plan.holders(this.#holders())
    for (const effect of this.#plan.advance(clock.now())) this.#perform(effect)
    this.#timer?.[Symbol.dispose]()
    this.#timer = clock.wakeAt(this.#plan.deadline(), () => this.#advance())
  }

  #perform(effect: FetchEffect): void {
    switch (effect.type) {
      case 'open':
        return void this.#open(effect.peer)
      case 'ask':
        return this.#ask(effect.peer, effect.batch, effect.wanted)
      case 'leave-out':
        this.#leftOut.set(effect.peer, effect.reason)
        this.#context.instruments.leftOut.inc({ reason: effect.reason })
        return this.#drop(effect.peer, `left out as ${effect.reason}`)
      case 'unavailable':
        for (const key of effect.keys) {
          const why = new FlotillaError('unavailable', `no peer that can be reached can give the chunk ${key}`, {
            hint: 'try again when a node that has it is there',
          })
          this.#plan.forget(this.#jobs.fail(key, why))
        }
    }
  }

  async #open(peer: NodeId): Promise<void> {
    const { channel, clock, settings } = this.#context
    const lane: Lane = { peer, stream: undefined, answers: Promise.resolve() }
    this.#lanes.set(peer, lane)
    try {
      const slab = (byteLength: number): Slab => this.#slabs.take(byteLength)
      const { signal } = this.#closed
      const stream = await FetchStream.open({
        channel,
        clock,
        settings,
        slab,
        peer,
        isSealed: this.#isSealed(peer),
        signal,
      })
      if (this.#lanes.get(peer) !== lane) return await stream[Symbol.asyncDispose]()
      lane.stream = stream
      this.#leftOut.delete(peer)
      this.#plan.opened(peer)
      this.#advance()
    } catch (error) {
      this.#fail(lane, error)
    }
  }

  #ask(peer: NodeId, batch: BatchNumber, wanted: readonly WantedChunk[]): void {
    const lane = this.#lanes.get(peer)
    const stream = lane?.stream
    if (lane === undefined || stream === undefined) return
    const fail = (error: unknown): void => this.#fail(lane, error)
    stream.ask(batch, wanted).catch(fail)
    lane.answers = this.#next(lane, stream, lane.answers, fail)
    lane.answers.catch(fail)
  }

  async #next(lane: Lane, stream: FetchStream, before: Promise<void>, fail: (error: unknown) => void): Promise<void> {
    await before
    // The next answer is read while this one is verified; the plan bounds how many there are.
    this.#take(lane, await stream.next()).catch(fail)
  }

  async #take(lane: Lane, { batch, kind, given, lacking, slab }: ReceivedBatch): Promise<void> {
    const needed = given.filter(({ id }) => this.#plan.wants(keyOf({ kind, id })))
    const readable = await this.#readable(lane.peer, kind, needed)
    const verdicts = await this.#verdicts(kind, readable)
    if (this.#closed.signal.aborted || this.#lanes.get(lane.peer) !== lane) return
    const good = readable.filter((_, index) => verdicts[index] === true)
    const byKey = new Map(good.map(({ id, bytes }) => [keyOf({ kind, id }), bytes]))
    const answer = {
      peer: lane.peer,
      batch,
      given: [...byKey.keys()],
      lacking: lacking.map((id) => keyOf({ kind, id })),
      bytes: given.reduce((sum, { bytes }) => sum + bytes.length, 0),
    }
    for (const key of this.#plan.answered(answer, this.#context.clock.now())) {
      const bytes = byKey.get(key) as Uint8Array
      this.#count(lane.peer, bytes.length)
      const isGiven = this.#givesContent
      const places = this.#jobs.deliver(key, isGiven || kind === 'list' ? bytes : nothing)
      if (isGiven || kind === 'list') this.#lent.lend(slab, bytes, places)
    }
    this.#lent.settle(slab)
    // What was opened and taken nobody else has seen; lists are kept by who asked for them.
    if (!this.#givesContent && kind === 'data' && readable !== needed) this.#context.strangers?.seal.giveBack(readable)
    if (good.length < needed.length) {
      throw new ProtocolError('wrong-answer', `${lane.peer} sends chunks that are not what was asked for`)
    }
    this.#advance()
  }

  #isSealed(peer: NodeId): boolean {
    return this.#context.strangers?.isUntrusted(peer) === true
  }

  /** Without those that cannot be what they are said to be. */
  async #readable(peer: NodeId, kind: ChunkKind, chunks: readonly ReceivedChunk[]): Promise<readonly ReceivedChunk[]> {
    const { strangers } = this.#context
    if (strangers === undefined || !this.#isSealed(peer)) return chunks
    const opened = await strangers.seal.open(kind, chunks)
    return chunks.flatMap(({ id }, index) => {
      const bytes = opened[index]
      return bytes === undefined ? [] : [{ id, bytes }]
    })
  }

  async #verdicts(kind: ChunkKind, chunks: readonly ReceivedChunk[]): Promise<readonly boolean[]> {
    if (chunks.length === 0) return []
    try {
      return await this.#accept(kind, chunks)
    } catch (error) {
      this.#close(error)
      return []
    }
  }

  #count(peer: NodeId, bytes: number): void {
    this.#bytesByPeer.set(peer, (this.#bytesByPeer.get(peer) ?? 0) + bytes)
    this.#context.instruments.bytes.inc({ direction: 'fetched' }, bytes)
  }

  #fail(lane: Lane, error: unknown): void {
    if (this.#closed.signal.aborted || this.#lanes.get(lane.peer) !== lane) return
    const reason = reasonOf(error)
    if (reason === 'lying') this.#context.tellLie(lane.peer, error)
    else this.#context.logger.debug({ err: error, peer: lane.peer }, 'a peer cannot give chunks now')
    this.#plan.leave(lane.peer, reason)
    this.#advance()
  }

  #drop(peer: NodeId, why: string): void {
    const lane = this.#lanes.get(peer)
    this.#lanes.delete(peer)
    lane?.stream?.reset(new FlotillaError('closed', why))
    void lane?.stream?.[Symbol.asyncDispose]()
  }
}

function reasonOf(error: unknown): LeftOutReason {
  if (error instanceof ProtocolError) return 'lying'
  return error instanceof FlotillaError && error.code === 'deadline-exceeded' ? 'slow' : 'gone'
}
