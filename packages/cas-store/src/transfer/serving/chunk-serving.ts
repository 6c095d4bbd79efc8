import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { ByteStream } from '@flotilla/core/network'
import type { WantedChunk } from '../../tree/contract.ts'
import { sizeUnknown } from '../../tree/size-unknown.ts'
import { expectedBytes } from '../limits.ts'
import { opaqueOverheadBytes } from '../strangers/opaque-chunk.ts'
import type { Pace } from '../pace.ts'
import type { TransferContext } from '../transfer-context.ts'
import { askCodec, answerCodec } from '../wire/codec.ts'
import { failureOf } from '../waiting.ts'
import { FrameStream } from '../wire/frame-stream.ts'
import type { ChunkAsk, ChunkAnswer } from '../wire/messages.ts'
import type { ByteBudget } from './byte-budget.ts'

export interface ChunkServingOptions {
  readonly context: TransferContext
  readonly stream: ByteStream
  readonly budget: ByteBudget
  readonly pace: Pace
  readonly signal: AbortSignal
}

/** What the disk keeps beside a sealed chunk, and the seals themselves. */
const recordOverheadBytesMax = 1_024

type Frames = FrameStream<ChunkAsk, ChunkAnswer>

/** Gives a peer the chunks that it asks for, in its order, until it ends its stream. */
export async function serveChunks(options: ChunkServingOptions): Promise<void> {
  const { context, stream, budget, pace, signal } = options
  const { clock, settings, instruments } = context
  await using frames: Frames = new FrameStream({ stream, clock, incoming: askCodec, outgoing: answerCodec })
  // One answer is sent while the next one is read.
  let sending: Promise<void> = Promise.resolve()
  for (;;) {
    const ask = await Promise.race([frames.next(settings.servedIdleMs), failureOf(sending)])
    if (ask === undefined) break
    const bytes = checkedBytes(ask, context)
    const room = await budget.take(stream.peer, bytes, signal)
    try {
      const chunks = await readWhatIsThere(context, ask, signal)
      await sending
      const bytesFound = chunks.reduce((sum, found) => sum + (found?.length ?? 0), 0)
      await pace.pass(bytesFound, { signal })
      instruments.bytes.inc({ direction: 'served' }, bytesFound)
      sending = answer(frames, ask, chunks, context).finally(() => room[Symbol.dispose]())
      sending.catch(() => {})
    } catch (error) {
      room[Symbol.dispose]()
      throw error
    }
  }
  await sending
  await frames.end(settings.servedIdleMs)
}

async function answer(
  frames: Frames,
  ask: ChunkAsk,
  chunks: readonly (Uint8Array | undefined)[],
  { settings, vault }: TransferContext,
): Promise<void> {
  const lengths = chunks.map((bytes) => bytes?.length ?? null)
  const bytes = chunks.filter((each) => each !== undefined)
  await frames.send({ type: 'answer', batch: ask.batch, lengths }, settings.servedIdleMs, bytes)
  vault.letGo?.(bytes)
}

/** Throws a `ProtocolError` for more than one may ask for at once. */
function checkedBytes(ask: ChunkAsk, { settings }: TransferContext): number {
  const { wanted, kind } = ask
  const sum = wanted.reduce((bytes, { size }) => bytes + expectedBytes({ kind, size }, settings), 0)
  const { batchChunksMax, batchBytesMax } = settings
  if (wanted.length > 0 && wanted.length <= batchChunksMax && (sum <= batchBytesMax || wanted.length === 1)) return sum
  throw new ProtocolError('too-large', `${wanted.length} chunks of ${sum} bytes are asked for at once`, {
    hint: `ask for at most ${batchChunksMax}, and ${batchBytesMax} bytes`,
  })
}

/** Undefined: that one is not here, is damaged, or has another size. */
async function readWhatIsThere(
  context: TransferContext,
  { kind, wanted }: ChunkAsk,
  signal: AbortSignal,
): Promise<readonly (Uint8Array | undefined)[]> {
  const { vault } = context
  if (context.isUntrusted) return readOpaque(context, wanted, signal)
  const chunks = wanted.map(({ id, size }): WantedChunk => ({ id, size, kind }))
  try {
    return await vault.read(chunks, { signal })
  } catch (error) {
    if (!isAboutOne(error)) throw error
  }
  const places = await vault.catalogue.places(chunks.map(({ id }) => id))
  const found: (Uint8Array | undefined)[] = []
  for (const [index, chunk] of chunks.entries()) {
    found.push(places[index] === undefined ? undefined : await readOne(context, chunk, signal))
  }
  return found
}

/** How long they are is not known to who asks, who says what they are at most: others are not given. */
async function readOpaque(
  context: TransferContext,
  wanted: ChunkAsk['wanted'],
  signal: AbortSignal,
): Promise<readonly (Uint8Array | undefined)[]> {
  const places = await context.vault.catalogue.places(wanted.map(({ id }) => id))
  const found: (Uint8Array | undefined)[] = []
  for (const [index, { id, size }] of wanted.entries()) {
    const recordBytesMax = size + opaqueOverheadBytes + recordOverheadBytesMax
    const isThere = (places[index]?.length ?? Infinity) <= recordBytesMax
    found.push(isThere ? await readOne(context, { id, size: sizeUnknown, kind: 'data' }, signal) : undefined)
  }
  return found
}

async function readOne(
  { vault }: TransferContext,
  chunk: WantedChunk,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const [bytes] = await vault.read([chunk], { signal })
    return bytes
  } catch (error) {
    if (isAboutOne(error)) return undefined
    throw error
  }
}

function isAboutOne(error: unknown): boolean {
  return error instanceof FlotillaError && (error.code === 'not-found' || error.code === 'corrupt')
}
