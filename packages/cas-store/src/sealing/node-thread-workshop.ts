import { availableParallelism } from 'node:os'
import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { InvariantError } from '@flotilla/core/errors'
import { wholeSetting } from '@flotilla/core/machines'
import { nodeEntropy } from '@flotilla/core/random/node'
import { Gate } from '../packs/gate.ts'
import type { ChunkId, ChunkKind, KeyEpoch } from '../types.ts'
import { forgetSchedules, schedulesOf, type KeySchedules } from './chunk-keys.ts'
import type {
  ChunkToPack,
  PackedChunk,
  ChunkToSeal,
  DataKeys,
  IdentitySecret,
  OpenedChunk,
  OpenOptions,
  SealedChunk,
  Workshop,
} from './contract.ts'
import type { FilesToSeal, SealedFiles } from './file-batch.ts'
import { idKeyOf } from './identity.ts'
import { threadsMax, validateThreadWorkshopLimits, type ThreadWorkshopLimits } from './limits.ts'
import { nodeChunkCipher, nodeChunkCompressor } from './node-chunk-cipher.ts'
import { headerBytes } from './sealed-chunk.ts'
import { packedBytesMaxOf, packedIn } from './packed-chunks.ts'
import { nodeNameHash } from './node-name-hash.ts'
import { Crew } from './threads/crew.ts'
import { LentMemory } from './threads/lent-memory.ts'
import { sharedMemory, SharedPool } from './threads/node-shared-memory.ts'
import { startWorker } from './threads/node-worker.ts'
import { memoryOf, stretchesOf, type OpenedThere, type Part, type PartResult } from './threads/part.ts'
import { Workbench } from './workbench.ts'
import { workshopClosed } from './workshop-error.ts'

export interface ThreadWorkshopOptions {
  readonly identity: IdentitySecret
  readonly keys: DataKeys
  /** Default: as many as the machine runs at a time, at most 8. */
  readonly threads?: number
  readonly limits?: Partial<ThreadWorkshopLimits>
}

const threadsByDefaultMax = 8

/**
 * Works in threads of its own; what is too little to be worth a message is done at once. A call waits when all threads
 * are busy. Disposing waits for the calls under way.
 */
export function threadWorkshop(options: ThreadWorkshopOptions): Workshop {
  const threads = options.threads ?? Math.min(availableParallelism(), threadsByDefaultMax)
  wholeSetting('workshop', 'threads', threads, 1, threadsMax)
  return new ThreadWorkshop(options, threads, validateThreadWorkshopLimits(options.limits))
}

class ThreadWorkshop implements Workshop {
  readonly #limits: ThreadWorkshopLimits
  readonly #crypto: Crypto = nodeCrypto()
  readonly #idKey: Uint8Array
  readonly #bench: Workbench
  readonly #crew: Crew
  readonly #memory: LentMemory
  /**
   * What reads files leaves one thread to the others, and the processors to who writes down what was read: with two
   * processors, a second reader makes nothing quicker.
   */
  readonly #readers: Gate
  #keys: KeySchedules
  /** Those that a thread may still be using. */
  readonly #oldKeys = new Set<KeySchedules>()
  #closing: Promise<void> | undefined

  constructor({ identity, keys }: ThreadWorkshopOptions, threads: number, limits: ThreadWorkshopLimits) {
    this.#limits = limits
    this.#readers = new Gate(Math.max(1, threads - 1))
    this.#keys = schedulesOf(this.#crypto, keys, sharedMemory)
    const idKey = idKeyOf(this.#crypto, identity)
    this.#idKey = sharedMemory(idKey.length)
    this.#idKey.set(idKey)
    idKey.fill(0)
    this.#bench = new Workbench({
      crypto: this.#crypto,
      nameHash: nodeNameHash(),
      cipher: nodeChunkCipher(),
      compressor: nodeChunkCompressor(),
      entropy: nodeEntropy(),
      idKey: this.#idKey,
      keys: this.#keys,
    })
    this.#memory = new LentMemory({ make: sharedMemory, keptBytesMax: limits.slabBytesKeptMax })
    const pool = new SharedPool({
      keptMax: threads * limits.messagesPerThreadMax,
      roomBytes: limits.messageBytes,
    })
    const start = (events: Parameters<typeof startWorker>[2]): ReturnType<typeof startWorker> =>
      startWorker({ idKey: this.#idKey, keys: this.#keys }, pool, events)
    this.#crew = new Crew({ threads, limits, start })
  }

  get epoch(): KeyEpoch {
    return this.#keys.newest
  }

  slab(byteLength: number): Uint8Array {
    // What is so small is mostly worked on here, and memory for this thread alone is had sooner.
    return byteLength < this.#limits.inlineBytesMax ? new Uint8Array(byteLength) : this.#memory.slab(byteLength)
  }

  giveBack(pieces: Iterable<Uint8Array>): void {
    this.#memory.giveBack(pieces)
  }

  identify(kind: ChunkKind, chunks: readonly Uint8Array[]): Promise<readonly ChunkId[]> {
    const bytesOf = (chunk: Uint8Array): number => chunk.length
    const here = (): readonly ChunkId[] => this.#bench.identify(kind, chunks)
    const partOf = (items: readonly Uint8Array[]): Part => ({ type: 'identify', kind, chunks: items })
    return this.#do(chunks, bytesOf, here, partOf, (result) => (result.type === 'identify' ? result.ids : undefined))
  }

  seal(chunks: readonly ChunkToSeal[]): Promise<readonly Uint8Array[]> {
    const bytesOf = (chunk: ChunkToSeal): number => chunk.bytes.length
    const here = (): readonly Uint8Array[] => this.#bench.seal(chunks)
    const partOf = (items: readonly ChunkToSeal[]): Part => ({ type: 'seal', chunks: items })
    return this.#do(chunks, bytesOf, here, partOf, (result) => (result.type === 'seal' ? result.sealed : undefined))
  }

  pack(chunks: readonly ChunkToPack[]): Promise<readonly PackedChunk[]> {
    const bytesOf = ({ bytes }: ChunkToPack): number => bytes.length
    const here = (): readonly PackedChunk[] => {
      const room = new Uint8Array(packedBytesMaxOf(chunks))
      return packedIn(room, chunks, this.#bench.pack(chunks, room))
    }
    // One room for the whole call: what does not shrink then lies in one piece, and is written in one.
    let left: Uint8Array | undefined
    const partOf = (items: readonly ChunkToPack[]): Extract<Part, { readonly type: 'pack' }> => {
      left ??= this.#memory.slab(packedBytesMaxOf(chunks))
      const room = left.subarray(0, packedBytesMaxOf(items))
      left = left.subarray(room.length)
      return { type: 'pack', chunks: items, room }
    }
    return this.#do(chunks, bytesOf, here, partOf, (result, part) =>
      result.type === 'pack' ? packedIn(part.room, part.chunks, result.packed) : undefined,
    )
  }

  async open(chunks: readonly SealedChunk[], options: OpenOptions = {}): Promise<readonly OpenedChunk[]> {
    const bytesOf = (chunk: SealedChunk): number => chunk.sealed.length
    const here = (): readonly OpenedThere[] => this.#bench.open(chunks, options)
    // What is not shared is copied for the threads: what is written there is not written here.
    const inPlace = options.inPlace === true && chunks.every(({ sealed }) => sealed.buffer instanceof SharedArrayBuffer)
    const partOf = (items: readonly SealedChunk[]): Part => ({
      type: 'open',
      chunks: items,
      options: { ...options, inPlace },
    })
    const resultOf = (result: PartResult): readonly OpenedThere[] | undefined =>
      result.type === 'open' ? result.opened : undefined
    const opened = await this.#do(chunks, bytesOf, here, partOf, resultOf)
    return opened.map((chunk, index) => {
      if (chunk.type !== 'in-place') return chunk
      const sealed = chunks[index]?.sealed ?? new Uint8Array()
      return { type: 'opened', bytes: sealed.subarray(headerBytes, headerBytes + chunk.length) }
    })
  }

  async sealFiles(files: FilesToSeal): Promise<SealedFiles> {
    const part: Part = { type: 'seal-files', files }
    const result = await this.#readers.run(() => {
      if (this.#closing !== undefined) throw workshopClosed()
      return new Promise<PartResult>((resolve, reject) => {
        // A message of its own: it takes as long as one that is full.
        this.#crew.add([{ part, bytes: this.#limits.messageBytes, resolve, reject }])
      })
    })
    if (result.type === 'seal-files') return result.sealed
    throw new InvariantError(result.type === 'broken' ? result.why : 'a thread has answered something else')
  }

  useKeys(keys: DataKeys): void {
    if (this.#closing !== undefined) return
    const old = this.#keys
    this.#keys = schedulesOf(this.#crypto, keys, sharedMemory)
    this.#bench.useKeys(this.#keys)
    this.#oldKeys.add(old)
    void this.#forgetUnused(old)
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #forgetUnused(old: KeySchedules): Promise<void> {
    await this.#crew.useKeys(this.#keys)
    forgetSchedules(old)
    this.#oldKeys.delete(old)
  }

  async #close(): Promise<void> {
    await this.#crew.close()
    this.#bench[Symbol.dispose]()
    this.#idKey.fill(0)
    for (const keys of [this.#keys, ...this.#oldKeys]) forgetSchedules(keys)
  }

  async #do<Item, Done, Made extends Part>(
    items: readonly Item[],
    bytesOf: (item: Item) => number,
    here: () => readonly Done[],
    partOf: (items: readonly Item[]) => Made,
    doneOf: (result: PartResult, part: Made) => readonly Done[] | undefined,
  ): Promise<readonly Done[]> {
    if (this.#closing !== undefined) throw workshopClosed()
    let bytes = 0
    for (const item of items) bytes += bytesOf(item)
    if (items.length === 0 || bytes < this.#limits.inlineBytesMax) return here()
    const stretches = stretchesOf(items, bytesOf, this.#limits.partBytes)
    const made = stretches.map((stretch) => partOf(stretch.items))
    const all = await new Promise<readonly PartResult[]>((resolve, reject) => {
      const results: PartResult[] = []
      let missing = stretches.length
      const parts = made.map((part, index) => ({
        part,
        bytes: stretches[index]?.bytes ?? 0,
        reject,
        resolve: (result: PartResult) => {
          results[index] = result
          if (--missing === 0) resolve(results)
        },
      }))
      this.#crew.add(parts)
    })
    return all.flatMap((result, index) => {
      for (const piece of memoryOf(result)) this.#memory.lend(piece)
      if (result.type === 'broken') throw new InvariantError(result.why)
      return doneOf(result, made[index] as Made) ?? []
    })
  }
}
