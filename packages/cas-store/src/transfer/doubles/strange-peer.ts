import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream } from '@flotilla/core/network'
import type { WantedChunk } from '../../tree/contract.ts'
import { answerCodec, askCodec, encodeHeader, pushCodec, pushReplyCodec } from '../wire/codec.ts'
import { FrameStream } from '../wire/frame-stream.ts'
import type { ChunkAnswer, ChunkAsk, PushMessage, PushReply } from '../wire/messages.ts'
import type { TransferWorld, WorldNode } from './node-transfer-world.ts'

const patienceMs = 1_000_000

export type AskFrames = FrameStream<ChunkAsk, ChunkAnswer>
export type PushFrames = FrameStream<PushReply, PushMessage>

/** What a stranger does with one question. */
export type Answering = (frames: AskFrames, ask: ChunkAsk, stream: ByteStream) => Promise<void>

/** A peer that knows the protocol, and does with it what a test says. */
export class StrangePeer {
  readonly id: NodeId
  readonly #world: TransferWorld
  readonly #open: (to: NodeId, header: Uint8Array) => Promise<ByteStream>
  /** Questions that it has been asked. */
  readonly asks: ChunkAsk[] = []

  constructor(world: TransferWorld, id: string, answering?: Answering) {
    this.id = id as NodeId
    this.#world = world
    const { network } = world.hub.join(this.id)
    const channel = network.open('cas', {
      stream: async (stream) => {
        const frames: AskFrames = new FrameStream({
          stream,
          clock: world.clock,
          incoming: askCodec,
          outgoing: answerCodec,
        })
        for (;;) {
          const ask = await frames.next(patienceMs)
          if (ask === undefined) return
          this.asks.push(ask)
          await answering?.(frames, ask, stream)
        }
      },
    })
    this.#open = (to, header) => channel.openStream(to, { header })
  }

  open(to: NodeId, header: Uint8Array): Promise<ByteStream> {
    return this.#open(to, header)
  }

  async push(to: NodeId): Promise<PushFrames> {
    const stream = await this.#open(to, encodeHeader('push'))
    return new FrameStream({ stream, clock: this.#world.clock, incoming: pushReplyCodec, outgoing: pushCodec })
  }

  async fetch(to: NodeId): Promise<FrameStream<ChunkAnswer, ChunkAsk>> {
    const stream = await this.#open(to, encodeHeader('fetch'))
    return new FrameStream({ stream, clock: this.#world.clock, incoming: answerCodec, outgoing: askCodec })
  }
}

/** The right bytes for a question. */
export function rightBytes(node: WorldNode, { kind, wanted }: ChunkAsk): Promise<readonly Uint8Array[]> {
  const chunks = wanted.map(({ id, size }): WantedChunk => ({ id, size, kind }))
  return node.vault.read(chunks, {})
}

/** Answers with these bytes, whatever they are. */
export async function answerWith(frames: AskFrames, ask: ChunkAsk, bytes: readonly Uint8Array[]): Promise<void> {
  const lengths = bytes.map(({ length }) => length)
  await frames.send({ type: 'answer', batch: ask.batch, lengths }, patienceMs, bytes)
}
