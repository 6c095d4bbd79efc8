import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream } from '@flotilla/core/network'
import type { CatalogueChange } from '../../catalogue/contract.ts'
import type { VaultSession } from '../../vault/contract.ts'
import type { IdentifiedBlob, TransferErrorCode } from '../contract.ts'
import { SlabPool } from '../slab-pool.ts'
import type { TransferContext } from '../transfer-context.ts'
import { failureOf, handledElsewhere } from '../waiting.ts'
import { pushCodec, pushReplyCodec, refusal } from '../wire/codec.ts'
import { FrameStream } from '../wire/frame-stream.ts'
import type { PushMessage, PushReply } from '../wire/messages.ts'
import { checkBlobId, checkWhole } from './blob-check.ts'
import type { ByteBudget } from './byte-budget.ts'

export interface PushReceivingOptions {
  readonly context: TransferContext
  readonly stream: ByteStream
  readonly budget: ByteBudget
  readonly signal: AbortSignal
}

/** Takes what a peer pushes, until it ends its stream. Nothing of it counts before its `commit` was answered. */
export async function receivePush(options: PushReceivingOptions): Promise<void> {
  const { context, stream } = options
  const { clock, settings } = context
  await using frames: Frames = new FrameStream({ stream, clock, incoming: pushCodec, outgoing: pushReplyCodec })
  await using receiving = new PushReceiving(options, frames)
  try {
    await receiving.run()
    await frames.end(settings.openMs)
  } catch (error) {
    await refuse(frames, error, settings.openMs)
    throw error
  }
}

type Frames = FrameStream<PushMessage, PushReply>
type Chunks = Extract<PushMessage, { type: 'chunks' }>

class PushReceiving implements AsyncDisposable {
  readonly #context: TransferContext
  readonly #budget: ByteBudget
  readonly #signal: AbortSignal
  readonly #frames: Frames
  #session: VaultSession
  /** What is being pushed, if the peer has said so: what comes of it is kept. */
  #begun: IdentifiedBlob | undefined
  /** Settles when all that was received so far is answered. */
  #answers: Promise<void> = Promise.resolve()
  #bytesSinceCommit = 0
  /** What the disk had when it was asked last, without what has been taken since. */
  #freeBytes = 0
  #uncheckedBytes = 0
  readonly #slabs: SlabPool

  constructor(options: PushReceivingOptions, frames: Frames) {
    this.#context = options.context
    this.#budget = options.budget
    this.#signal = options.signal
    this.#frames = frames
    this.#session = options.context.vault.session()
    const { workshop, settings } = options.context
    const slabsMax = Math.ceil(settings.servedBytesPerPeerMax / settings.batchBytesMax)
    this.#slabs = new SlabPool((byteLength) => workshop.slab(byteLength), slabsMax)
  }

  get #from(): NodeId {
    return this.#frames.peer
  }

  async run(): Promise<void> {
    const { servedIdleMs } = this.#context.settings
    for (;;) {
      const message = await Promise.race([this.#frames.next(servedIdleMs), failureOf(this.#answers)])
      if (message === undefined) break
      await this.#receive(message)
    }
    await this.#answers
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#answers.catch(() => {})
    try {
      if (this.#begun !== undefined && !this.#signal.aborted) await this.#session.commit([])
    } catch (error) {
      this.#context.logger.warn({ err: error, peer: this.#from }, 'what came of a blob could not be kept')
    } finally {
      await this.#session[Symbol.asyncDispose]()
    }
  }

  async #receive(message: PushMessage): Promise<void> {
    switch (message.type) {
      case 'begin':
        return this.#answer(this.#begin(message.blob))
      case 'have':
        return this.#answer(this.#have(message))
      case 'chunks':
        return this.#chunks(message)
      case 'commit':
        // What is committed must have been taken; and the peer sends nothing more of that blob.
        await this.#answers
        return this.#answer(this.#commit(message.blob))
    }
  }

  /** Sends the answer when those before it have been sent. */
  #answer(work: Promise<PushReply>): void {
    const before = this.#answers
    handledElsewhere(work)
    this.#answers = (async () => {
      await before
      await this.#frames.send(await work, this.#context.settings.servedIdleMs)
    })()
    handledElsewhere(this.#answers)
  }

  async #begin(blob: IdentifiedBlob): Promise<PushReply> {
    const { vault, clock, settings, isUntrusted } = this.#context
    if (!isUntrusted) await checkBlobId(this.#context, blob)
    if ((await vault.catalogue.blob(blob.id)) !== undefined) return { type: 'begun', isDurable: true }
    await this.#checkRoom(0)
    const partials = await vault.catalogue.partials()
    // Of what it cannot read, a node learns the shape only with the commit.
    if (isUntrusted) this.#begun = blob
    else if (partials.length < settings.partialsMax || partials.some(({ id }) => id === blob.id)) {
      const untilMs = Math.ceil(clock.wallNow() + settings.partialKeptMs)
      await this.#session.commit([{ type: 'set-partial', partial: { ...blob, untilMs } }])
      this.#begun = blob
    }
    return { type: 'begun', isDurable: false }
  }

  async #have({ batch, ids }: Extract<PushMessage, { type: 'have' }>): Promise<PushReply> {
    const missing = new Set(await this.#session.missing(ids))
    const indexes = ids.flatMap((id, index) => (missing.has(id) ? [index] : []))
    return { type: 'lacks', batch, missing: indexes }
  }

  async #chunks(message: Chunks): Promise<void> {
    const { settings } = this.#context
    const bytes = checkedBytes(message, this.#context)
    // Asked while the bytes come.
    const fits = this.#checkRoom(bytes)
    handledElsewhere(fits)
    const room = await this.#budget.take(this.#from, bytes, this.#signal)
    try {
      const slab = this.#slabs.take(bytes)
      await this.#frames.readInto(slab.bytes, settings.servedIdleMs)
      await fits
      const done = (): void => {
        slab.release()
        room[Symbol.dispose]()
      }
      this.#answer(this.#take(message, slab.bytes).finally(done))
    } catch (error) {
      room[Symbol.dispose]()
      throw error
    }
  }

  async #take({ batch, kind, ids, lengths }: Chunks, slab: Uint8Array): Promise<PushReply> {
    let start = 0
    const chunks = ids.map((id, index) => {
      const bytes = slab.subarray(start, start + (lengths[index] as number))
      start += bytes.length
      return { id, bytes }
    })
    await this.#session.take(kind, chunks)
    this.#context.instruments.bytes.inc({ direction: 'received' }, start)
    this.#bytesSinceCommit += start
    if (this.#begun !== undefined && this.#bytesSinceCommit >= this.#context.settings.checkpointBytes) {
      this.#bytesSinceCommit = 0
      await this.#session.commit([])
    }
    return { type: 'taken', batch }
  }

  async #commit(blob: IdentifiedBlob): Promise<PushReply> {
    const { vault, clock, hooks } = this.#context
    await checkBlobId(this.#context, blob)
    const isNew = (await vault.catalogue.blob(blob.id)) === undefined
    if (isNew) {
      await this.#session.commit([])
      await checkWhole(this.#context, this.#session, blob, this.#signal)
      const changes = (await hooks.beforeCommit?.(blob, this.#from)) ?? []
      await this.#session.commit([...arrival(blob, Math.trunc(clock.wallNow())), ...changes])
      hooks.onBlobArrived?.(blob, this.#from)
    }
    this.#begun = undefined
    // What the next blob needs is its own business: nothing is held longer than one blob takes.
    const session = this.#session
    this.#session = vault.session()
    await session[Symbol.asyncDispose]()
    return { type: 'durable' }
  }

  /** The disk is asked once for several batches; all peers that push at once may not take more than the reserve. */
  async #checkRoom(bytes: number): Promise<void> {
    const { hooks, settings } = this.#context
    const { freeBytesReserve, servedStreamsPerPeerMax } = settings
    this.#freeBytes -= bytes
    this.#uncheckedBytes += bytes
    const isFresh = this.#uncheckedBytes * servedStreamsPerPeerMax <= freeBytesReserve
    if (isFresh && this.#freeBytes >= 2 * freeBytesReserve) return
    this.#uncheckedBytes = 0
    const free = await hooks.freeBytes()
    this.#freeBytes = free - bytes
    if (this.#freeBytes >= freeBytesReserve) return
    throw new FlotillaError<TransferErrorCode>('disk-full', `there is no room: ${free} bytes are free`, {
      hint: `it takes nothing more while less than ${settings.freeBytesReserve} bytes are free (freeBytesReserve)`,
    })
  }
}

/** What makes a blob that is whole one of this node's. */
export function arrival(blob: IdentifiedBlob, putAtMs: number): CatalogueChange[] {
  return [
    { type: 'add-blob', blob: { ...blob, putAtMs } },
    { type: 'remove-partial', id: blob.id },
  ]
}

/** Throws a `ProtocolError` for more than may come at once. */
function checkedBytes({ kind, ids, lengths }: Chunks, { settings }: TransferContext): number {
  const { batchChunksMax, batchBytesMax, listBytesMax, chunkBytesMax } = settings
  const sum = lengths.reduce((bytes, length) => bytes + length, 0)
  const longest = lengths.reduce((most, length) => Math.max(most, length), 0)
  const isFair = ids.length > 0 && ids.length <= batchChunksMax && (sum <= batchBytesMax || ids.length === 1)
  if (isFair && longest <= (kind === 'list' ? listBytesMax : chunkBytesMax)) return sum
  throw new ProtocolError('too-large', `${ids.length} chunks of ${sum} bytes come at once, the longest of ${longest}`, {
    hint: 'let all nodes keep to the same limits',
  })
}

/** Tells the peer why, as far as it can still be told anything: before the stream is reset it has to read that. */
async function refuse(frames: Frames, error: unknown, patienceMs: number): Promise<void> {
  const [code, why] =
    error instanceof FlotillaError
      ? [String(error.code), error.message]
      : ['failed', 'that node has a problem of its own; its log says more']
  try {
    await frames.send(refusal(code, why), patienceMs)
    await frames.end(patienceMs)
  } catch {
    // It does not listen any more, and learns from the reset that it was in vain.
  }
}
