import { assert } from '@flotilla/core/errors'
import type { BlobSource, PutProgress } from '../blobs.ts'
import { createChunker } from '../chunking/chunker.ts'
import type { ChunkPlan } from '../chunking/contract.ts'
import type { Gear } from '../chunking/gear.ts'
import { chunkBytesMaxOf } from '../chunking/plan.ts'
import { HandOver } from './hand-over.ts'
import type { ChunkSink, WrittenBlob } from './contract.ts'
import { Cutter } from './cutter.ts'
import { Interruption } from './interruption.ts'
import { validateWritingLimits, type WritingLimits } from './limits.ts'
import { Slabs, type GiveBackSlabs, type MakeSlab } from './slabs.ts'
import { checkSource, cutSource, expectedBytesOf, type FillingSource } from './sources.ts'

export type { FillingSource } from './sources.ts'

export interface WriteOptions extends Partial<WritingLimits> {
  readonly sink: ChunkSink
  /** Validated. */
  readonly plan: ChunkPlan
  readonly gear: Gear
  /** Memory that the sink can use best. For a small blob it is asked for as few bytes as that has. */
  readonly slab?: MakeSlab
  /** Told at the end, of slabs that it needs no more. */
  readonly giveBack?: GiveBackSlabs | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: PutProgress) => void) | undefined
}

/**
 * Cuts content into chunks, and hands them and the lists above them to the sink: while that works on some of it, the
 * next is read and cut. Each byte is copied once, so the caller's memory is its own again as soon as the promise
 * settles, and pieces of a stream as soon as the next one is asked for. The blob is what the descriptor says once the
 * sink has made everything durable. When it rejects, no `add` of it is under way any more.
 */
export function writeBlob(source: BlobSource | FillingSource, options: WriteOptions): Promise<WrittenBlob> {
  const { plan, signal } = options
  const isOneChunk = source instanceof Uint8Array && source.length <= (plan[0]?.sizes.min ?? 0)
  return isOneChunk && signal?.aborted !== true ? writeOne(source, options) : writeMany(source, options)
}

/** A chunk that need not be searched for its end. Most files are such. */
async function writeOne(content: Uint8Array, options: WriteOptions): Promise<WrittenBlob> {
  const { sink, slab = makePlainSlab, signal, onProgress } = options
  const chunk = slab(content.length)
  chunk.set(content)
  const [added] = await sink.add('data', [chunk], { signal })
  assert(added !== undefined, 'a sink gives an id for each chunk')
  const size = content.length
  const bytesKnown = added.isKnown ? size : 0
  onProgress?.({ bytesRead: size, bytesKnown })
  return { size, depth: 0, root: added.id, bytesKnown, bytesStored: added.bytesStored }
}

async function writeMany(source: BlobSource | FillingSource, options: WriteOptions): Promise<WrittenBlob> {
  const { plan, gear, slab = makePlainSlab, signal } = options
  checkSource(source)
  const limits = validateWritingLimits(options)
  using interruption = new Interruption(signal)
  const fullBytes = Math.max(limits.batchBytes, chunkBytesMaxOf(plan))
  const slabs = new Slabs({ make: slab, fullBytes, expectedBytes: expectedBytesOf(source) })
  const cutter = new Cutter(createChunker(plan, gear), slabs)
  const handOver = new HandOver({ ...options, limits, slabs, interruption })
  try {
    await cutSource(source, { cutter, handOver, interruption })
    return await handOver.finish(cutter.last())
  } catch (error) {
    interruption.stop(error)
    await handOver.settled()
    throw error
  } finally {
    options.giveBack?.(slabs.drain())
  }
}

function makePlainSlab(byteLength: number): Uint8Array {
  return new Uint8Array(byteLength)
}
