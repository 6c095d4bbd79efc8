import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel } from '@flotilla/core/network'
import { withTimeout, type Clock } from '@flotilla/core/time'
import type { WantedChunk } from '../../tree/contract.ts'
import type { ChunkId, ChunkKind } from '../../types.ts'
import { sealedOverheadBytes } from '../../sealing/sealed-chunk.ts'
import { expectedBytes, type TransferSettings } from '../limits.ts'
import { opaqueOverheadBytes } from '../strangers/opaque-chunk.ts'
import type { Slab } from '../slab-pool.ts'
import { askCodec, encodeHeader, answerCodec } from '../wire/codec.ts'
import { FrameStream } from '../wire/frame-stream.ts'
import type { BatchNumber, ChunkAsk, ChunkAnswer } from '../wire/messages.ts'

export interface FetchStreamOptions {
  readonly channel: Channel
  readonly clock: Clock
  readonly settings: TransferSettings
  readonly slab: (byteLength: number) => Slab
  readonly peer: NodeId
  /** The peer has what it cannot read: all of it is content to it, of a length that only it knows. */
  readonly isSealed: boolean
  readonly signal: AbortSignal
}

export interface ReceivedChunk {
  readonly id: ChunkId
  readonly bytes: Uint8Array
}

/** What a peer has answered to one batch; nothing of it is verified. */
export interface ReceivedBatch {
  readonly batch: BatchNumber
  readonly kind: ChunkKind
  readonly given: readonly ReceivedChunk[]
  readonly lacking: readonly ChunkId[]
  /** What the given ones lie in. */
  readonly slab: Slab
}

interface Asked {
  readonly batch: BatchNumber
  readonly kind: ChunkKind
  readonly wanted: readonly WantedChunk[]
}

/** A stream on which one peer is asked for chunks. */
export class FetchStream implements AsyncDisposable {
  readonly #options: FetchStreamOptions
  readonly #frames: FrameStream<ChunkAnswer, ChunkAsk>
  /** Oldest first. */
  readonly #asked: Asked[] = []

  private constructor(options: FetchStreamOptions, frames: FrameStream<ChunkAnswer, ChunkAsk>) {
    this.#options = options
    this.#frames = frames
  }

  static async open(options: FetchStreamOptions): Promise<FetchStream> {
    const { channel, clock, settings, peer, signal } = options
    const what = `opening a stream to fetch chunks from ${peer}`
    const stream = await withTimeout({ clock, timeoutMs: settings.openMs, what, signal }, (inner) =>
      channel.openStream(peer, { header: encodeHeader('fetch'), signal: inner }),
    )
    return new FetchStream(options, new FrameStream({ stream, clock, incoming: answerCodec, outgoing: askCodec }))
  }

  ask(batch: BatchNumber, wanted: readonly WantedChunk[]): Promise<void> {
    const kind = wanted[0]?.kind ?? 'data'
    this.#asked.push({ batch, kind, wanted })
    const { settings, isSealed } = this.#options
    const ask: ChunkAsk = isSealed
      ? {
          type: 'ask',
          batch,
          kind: 'data',
          wanted: wanted.map((each) => ({ id: each.id, size: expectedBytes(each, settings) })),
        }
      : { type: 'ask', batch, kind, wanted }
    return this.#frames.send(ask, settings.silenceMs)
  }

  /** The answer to the oldest question, for which there must be one. */
  async next(): Promise<ReceivedBatch> {
    const { silenceMs } = this.#options.settings
    const reply = await this.#frames.next(silenceMs)
    const asked = this.#asked.shift()
    if (reply === undefined) throw new FlotillaError('unavailable', `${this.#frames.peer} closes the stream`)
    if (asked === undefined || reply.batch !== asked.batch || reply.lengths.length !== asked.wanted.length) {
      throw new ProtocolError('wrong-answer', `${this.#frames.peer} answers what it was not asked`)
    }
    return this.#receive(asked, reply.lengths)
  }

  reset(reason: FlotillaError): void {
    this.#frames.reset(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#frames[Symbol.asyncDispose]()
  }

  #mayBe(length: number, chunk: WantedChunk): boolean {
    const { settings, isSealed } = this.#options
    if (isSealed) return length <= expectedBytes(chunk, settings) + opaqueOverheadBytes + sealedOverheadBytes
    if (chunk.kind === 'list') return length <= settings.listBytesMax
    // The size of data is known from its list, which was verified.
    return length === chunk.size && length <= settings.chunkBytesMax
  }

  async #receive({ batch, kind, wanted }: Asked, lengths: readonly (number | null)[]): Promise<ReceivedBatch> {
    const { settings, slab } = this.#options
    const given: ReceivedChunk[] = []
    const lacking: ChunkId[] = []
    let bytes = 0
    for (const [index, length] of lengths.entries()) {
      const chunk = wanted[index] as WantedChunk
      if (length === null) continue
      if (!this.#mayBe(length, chunk)) {
        throw new ProtocolError('wrong-answer', `${this.#frames.peer} sends ${length} bytes for the chunk ${chunk.id}`)
      }
      bytes += length
    }
    const room = slab(bytes)
    await this.#frames.readInto(room.bytes, settings.silenceMs)
    let start = 0
    for (const [index, length] of lengths.entries()) {
      const { id } = wanted[index] as WantedChunk
      if (length === null) {
        lacking.push(id)
        continue
      }
      given.push({ id, bytes: room.bytes.subarray(start, start + length) })
      start += length
    }
    return { batch, kind, given, lacking, slab: room }
  }
}
