import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { ByteStream } from '@flotilla/core/network'
import type { WantedChunk } from '../../tree/contract.ts'
import { sizeUnknown } from '../../tree/size-unknown.ts'
import { expectedBytes } from '../limits.ts'
import { opaqueOverheadBytes } from '../strangers/opaque-chunk.ts'
import type { Pace } from '../pace.ts'
import type { TransferContext } from '../transfer-context.ts'
import { askCodec, answerCodec } from '../wire/codec.ts'
import { failureOf, handledElsewhere } from '../waiting.ts'
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

/** Answers that are read ahead of the one that is sent: reading and decrypting take longer than a moment. */
const answersAhead = 3

type Frames = FrameStream<ChunkAsk, ChunkAnswer>

/** Gives a peer the chunks that it asks for, in its order, until it ends its stream. */
export async function serveChunks(options: ChunkServingOptions): Promise<void> {
  const { context, stream, budget, signal } = options
  const { clock, settings } = context
  await using frames: Frames = new FrameStream({ stream, clock, incoming: askCodec, outgoing: answerCodec })
  /** Oldest first: each goes after the one before it. */
  const answers: Promise<void>[] = []
  try {
    for (;;) {
      const last = answers.at(-1) ?? Promise.resolve()
      const ask = await Promise.race([frames.next(settings.servedIdleMs), failureOf(last)])
      if (ask === undefined) break
      const room = await budget.take(stream.peer, checkedBytes(ask, context), signal)
      const answer = answerTo(ask, frames, last, options).finally(() => room[Symbol.dispose]())
      handledElsewhere(answer)
      answers.push(answer)
      if (answers.length > answersAhead) await answers.shift()
    }
    await Promise.all(answers)
  } finally {
    await Promise.allSettled(answers)
  }
  await frames.end(settings.servedIdleMs)
}

/** Reads at once, and sends when the answer before has been sent. */
async function answerTo(
  ask: ChunkAsk,
  frames: Frames,
  before: Promise<void>,
  { context, pace, signal }: ChunkServingOptions,
): Promise<void> {
  // Both are waited for whatever becomes of the other: nothing is read any more when serving has ended.
  const [sent, read] = await Promise.allSettled([before, readWhatIsThere(context, ask, signal)])
  if (sent.status === 'rejected') throw sent.reason
  if (read.status === 'rejected') throw read.reason
  const lengths = read.value.map((bytes) => bytes?.length ?? null)
  const found = read.value.filter((each) => each !== undefined)
  const bytesFound = found.reduce((sum, { length }) => sum + length, 0)
  await pace.pass(bytesFound, { signal })
  context.instruments.bytes.inc({ direction: 'served' }, bytesFound)
  await frames.send({ type: 'answer', batch: ask.batch, lengths }, context.settings.servedIdleMs, found)
  context.vault.letGo?.(found)
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
