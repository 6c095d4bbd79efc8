import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { walkBlob } from '../../tree/blob-walk.ts'
import type { WantedChunk } from '../../tree/contract.ts'
import type { ChunkId } from '../../types.ts'
import type { BringReport, IdentifiedBlob } from '../contract.ts'
import { expectedBytes } from '../limits.ts'
import { Pace } from '../pace.ts'
import { bySize, inBatches } from '../batches.ts'
import { DifferentLists } from '../serving/blob-check.ts'
import type { TransferContext } from '../transfer-context.ts'
import { handledElsewhere } from '../waiting.ts'
import { SealedOutgoing } from '../strangers/sealed-outgoing.ts'
import { plainly, type Outgoing } from './outgoing.ts'
import { PushStream, type PushedChunk } from './push-stream.ts'

/** Questions for what the peer lacks that are asked ahead of what is sent. */
const questionsAhead = 4
/** Batches that are read ahead of the one that is sent: reading and decrypting take longer than a moment. */
const readsAhead = 3

/** Brings a blob that is here to a peer. */
export async function bringBlob(
  context: TransferContext,
  blob: IdentifiedBlob,
  to: NodeId,
  bytesPerSecond: number | undefined,
  signal: AbortSignal,
): Promise<BringReport> {
  signal.throwIfAborted()
  await using push = await PushStream.open(context, to, signal)
  const abort = (): void => push.reset(new FlotillaError('closed', 'whoever pushes has given up'))
  signal.addEventListener('abort', abort, { once: true })
  try {
    const pace = new Pace(context.clock, bytesPerSecond)
    const outgoing = outgoingTo(context, push, to)
    return await new Bringing({ context, push, pace, outgoing, signal }).run(blob)
  } catch (error) {
    signal.throwIfAborted()
    throw error
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

function outgoingTo({ strangers, settings }: TransferContext, push: PushStream, to: NodeId): Outgoing {
  if (strangers?.isUntrusted(to) !== true) return plainly
  return new SealedOutgoing({ ...strangers, push, batchBytes: settings.batchBytesMax })
}

interface BringingOptions {
  readonly context: TransferContext
  readonly push: PushStream
  readonly pace: Pace
  readonly outgoing: Outgoing
  readonly signal: AbortSignal
}

class Bringing {
  readonly #context: TransferContext
  readonly #push: PushStream
  readonly #pace: Pace
  readonly #outgoing: Outgoing
  readonly #signal: AbortSignal
  #bytesSent = 0
  #chunksSent = 0

  constructor({ context, push, pace, outgoing, signal }: BringingOptions) {
    this.#context = context
    this.#push = push
    this.#pace = pace
    this.#outgoing = outgoing
    this.#signal = signal
  }

  async run(blob: IdentifiedBlob): Promise<BringReport> {
    const { vault, settings } = this.#context
    if (!(await this.#push.begin(this.#outgoing.begin(blob)))) {
      const lists = new DifferentLists(settings.listsMax)
      await walkBlob(blob, {
        source: vault,
        signal: this.#signal,
        visit: async (chunks) => {
          await this.#bring(chunks)
          await this.#outgoing.name(chunks)
          return lists.unseen(chunks)
        },
      })
      await this.#push.commit(await this.#outgoing.finish(blob))
    }
    await this.#push.end()
    return { bytesSent: this.#bytesSent, chunksSent: this.#chunksSent }
  }

  /** Of these, those that the peer lacks. All of one kind. */
  async #bring(chunks: readonly WantedChunk[]): Promise<void> {
    const asked: Promise<readonly WantedChunk[]>[] = []
    for (const batch of inBatches(distinct(chunks), this.#context.settings.batchChunksMax)) {
      const lacked = this.#lacked(batch)
      handledElsewhere(lacked)
      asked.push(lacked)
      if (asked.length > questionsAhead) await this.#send(await (asked.shift() as Promise<readonly WantedChunk[]>))
    }
    for (const lacked of asked) await this.#send(await lacked)
  }

  async #lacked(chunks: readonly WantedChunk[]): Promise<readonly WantedChunk[]> {
    const kind = chunks[0]?.kind ?? 'data'
    const missing = await this.#push.lacks(
      this.#outgoing.kindOf(kind),
      chunks.map(({ id }) => id),
    )
    return missing.map((index) => chunks[index] as WantedChunk)
  }

  async #letGo(chunks: readonly Uint8Array[], taken: Promise<void>): Promise<void> {
    await taken
    this.#context.vault.letGo?.(chunks)
  }

  async #send(chunks: readonly WantedChunk[]): Promise<void> {
    const { vault, settings } = this.#context
    // Less than the peer would take in one piece, so that answers come often enough to tell that it lives.
    const bytesMax = Math.min(2 * settings.batchBytesFirst, settings.batchBytesMax)
    const reads: Read[] = []
    try {
      for (const batch of bySize(chunks, bytesMax, (chunk) => expectedBytes(chunk, settings))) {
        const found = vault.read(batch, { signal: this.#signal })
        handledElsewhere(found)
        reads.push({ batch, found })
        if (reads.length > readsAhead) await this.#sendNext(reads)
      }
      while (reads.length > 0) await this.#sendNext(reads)
    } finally {
      // Nothing is read any more when this is over.
      await Promise.allSettled(reads.map(({ found }) => found))
    }
  }

  async #sendNext(reads: Read[]): Promise<void> {
    const read = reads.shift()
    if (read === undefined) return
    const { batch } = read
    const found = await read.found
    const kind = batch[0]?.kind ?? 'data'
    const plain = batch.map(({ id }, index): PushedChunk => ({ id, bytes: found[index] as Uint8Array }))
    const pushed = await this.#outgoing.make(kind, plain)
    const bytes = pushed.reduce((sum, each) => sum + each.bytes.length, 0)
    await this.#pace.pass(bytes, { signal: this.#signal })
    const { taken } = await this.#push.send(this.#outgoing.kindOf(kind), pushed)
    handledElsewhere(this.#letGo(found, taken))
    this.#bytesSent += bytes
    this.#chunksSent += batch.length
    this.#context.instruments.bytes.inc({ direction: 'pushed' }, bytes)
  }
}

/** A batch that is being read. */
interface Read {
  readonly batch: readonly WantedChunk[]
  readonly found: Promise<readonly Uint8Array[]>
}

function distinct(chunks: readonly WantedChunk[]): readonly WantedChunk[] {
  const byId = new Map<ChunkId, WantedChunk>()
  for (const chunk of chunks) byId.set(chunk.id, chunk)
  return byId.size === chunks.length ? chunks : [...byId.values()]
}
