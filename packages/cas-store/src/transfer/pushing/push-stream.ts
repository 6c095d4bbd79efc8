import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { withTimeout } from '@flotilla/core/time'
import type { ChunkId, ChunkKind } from '../../types.ts'
import type { IdentifiedBlob, TransferErrorCode } from '../contract.ts'
import type { TransferContext } from '../transfer-context.ts'
import { handledElsewhere } from '../waiting.ts'
import { encodeHeader, pushCodec, pushReplyCodec } from '../wire/codec.ts'
import { FrameStream } from '../wire/frame-stream.ts'
import type { BatchNumber, PushMessage, PushReply } from '../wire/messages.ts'

export interface PushedChunk {
  readonly id: ChunkId
  readonly bytes: Uint8Array
}

type Answer<Type extends PushReply['type']> = Extract<PushReply, { type: Type }>

/** A stream on which chunks are pushed to one peer. After a rejection of anything it is of no use any more. */
export class PushStream implements AsyncDisposable {
  readonly #context: TransferContext
  readonly #frames: FrameStream<PushReply, PushMessage>
  /** Settles when all that was sent so far is answered. */
  #answers: Promise<unknown> = Promise.resolve()
  #nextBatch = 0
  #bytesInFlight = 0
  #hasRoom: PromiseWithResolvers<void> | undefined

  private constructor(context: TransferContext, frames: FrameStream<PushReply, PushMessage>) {
    this.#context = context
    this.#frames = frames
  }

  static async open(context: TransferContext, peer: NodeId, signal: AbortSignal): Promise<PushStream> {
    const { channel, clock, settings } = context
    const what = `opening a stream to push chunks to ${peer}`
    const stream = await withTimeout({ clock, timeoutMs: settings.openMs, what, signal }, (inner) =>
      channel.openStream(peer, { header: encodeHeader('push'), signal: inner }),
    )
    return new PushStream(context, new FrameStream({ stream, clock, incoming: pushReplyCodec, outgoing: pushCodec }))
  }

  /** Whether the peer has all of it already. */
  async begin(blob: IdentifiedBlob): Promise<boolean> {
    return (await this.#ask({ type: 'begin', blob }, 'begun')).isDurable
  }

  /** Which of them the peer lacks, counted from 0. */
  async lacks(kind: ChunkKind, ids: readonly ChunkId[]): Promise<readonly number[]> {
    const batch = this.#nextBatch++ as BatchNumber
    const answer = await this.#ask({ type: 'have', batch, kind, ids }, 'lacks')
    const isAscending = answer.missing.every(
      (index, at) => index < ids.length && index > (answer.missing[at - 1] ?? -1),
    )
    if (answer.batch === batch && isAscending) return answer.missing
    throw this.#wrongAnswer()
  }

  /**
   * Resolves when there is room for more; `taken` resolves when the peer has verified and taken them. Chunks of one
   * call make one batch: whoever calls sees to its size.
   */
  async send(kind: ChunkKind, chunks: readonly PushedChunk[]): Promise<{ readonly taken: Promise<void> }> {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0)
    await this.#room()
    this.#bytesInFlight += bytes
    const taken = this.#send(kind, chunks).finally(() => {
      this.#bytesInFlight -= bytes
      this.#hasRoom?.resolve()
      this.#hasRoom = undefined
    })
    handledElsewhere(taken)
    return { taken }
  }

  /** Resolves when the blob is whole and durable there. */
  async commit(blob: IdentifiedBlob): Promise<void> {
    await this.#ask({ type: 'commit', blob }, 'durable', [], this.#context.settings.commitMs)
  }

  /** Says goodbye; not needed after a rejection. */
  async end(): Promise<void> {
    await this.#frames.end(this.#context.settings.silenceMs)
    if ((await this.#frames.next(this.#context.settings.answerMs)) !== undefined) throw this.#wrongAnswer()
  }

  reset(reason: FlotillaError): void {
    this.#frames.reset(reason)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#frames[Symbol.asyncDispose]()
  }

  async #room(): Promise<void> {
    while (this.#bytesInFlight >= this.#context.settings.pushBytesInFlightMax) {
      this.#hasRoom ??= Promise.withResolvers()
      await this.#hasRoom.promise
    }
  }

  async #send(kind: ChunkKind, chunks: readonly PushedChunk[]): Promise<void> {
    const batch = this.#nextBatch++ as BatchNumber
    const ids = chunks.map(({ id }) => id)
    const bytes = chunks.map((chunk) => chunk.bytes)
    const lengths = bytes.map(({ length }) => length)
    const answer = await this.#ask({ type: 'chunks', batch, kind, ids, lengths }, 'taken', bytes)
    if (answer.batch !== batch) throw this.#wrongAnswer()
  }

  async #ask<Type extends Exclude<PushReply['type'], 'refused'>>(
    message: PushMessage,
    type: Type,
    bytes: readonly Uint8Array[] = [],
    patienceMs: number = this.#context.settings.answerMs,
  ): Promise<Answer<Type>> {
    const before = this.#answers
    const sent = this.#frames.send(message, this.#context.settings.silenceMs, bytes)
    // A peer that refuses does not read on: its answer says more than the failure to write.
    handledElsewhere(sent)
    const answered = (async () => {
      await before
      return this.#receive(type, patienceMs, sent)
    })()
    this.#answers = answered
    handledElsewhere(answered)
    return await answered
  }

  async #receive<Type extends PushReply['type']>(
    type: Type,
    patienceMs: number,
    sent: Promise<void>,
  ): Promise<Answer<Type>> {
    const reply = await this.#frames.next(patienceMs)
    if (reply === undefined) throw new FlotillaError('unavailable', `${this.#frames.peer} closes the stream`)
    if (reply.type === 'refused') throw refusedBy(this.#frames.peer, reply.code, reply.why)
    if (reply.type !== type) throw this.#wrongAnswer()
    await sent
    return reply as Answer<Type>
  }

  #wrongAnswer(): ProtocolError<TransferErrorCode> {
    const error = new ProtocolError<TransferErrorCode>(
      'wrong-answer',
      `${this.#frames.peer} answers a push with something that it was not asked`,
    )
    this.#frames.reset(error)
    return error
  }
}

function refusedBy(peer: NodeId, code: string, why: string): FlotillaError<TransferErrorCode> {
  const known = code === 'disk-full' || code === 'overloaded' || code === 'not-admitted' ? code : 'refused'
  return new FlotillaError(known, `${peer} does not take the blob: ${why}`, { hint: 'see the log of that node' })
}
