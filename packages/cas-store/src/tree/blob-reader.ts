import { assert, FlotillaError } from '@flotilla/core/errors'
import type { BlobDescriptor, ByteRange } from '../types.ts'
import { corrupt } from './corruption.ts'
import type { ChunkSource } from './contract.ts'
import { Interruption } from './interruption.ts'
import { LeafWalk } from './leaf-walk.ts'
import { readingDefaults, validateReadingLimits } from './limits.ts'
import { ReadAhead } from './read-ahead.ts'
import { given } from './given-pieces.ts'

export interface ReadOptions {
  readonly source: ChunkSource
  /** Default: all of it. */
  readonly range?: ByteRange | undefined
  /** Bytes of content that are asked for before they are needed; a single chunk may be larger. */
  readonly windowBytes?: number | undefined
  /** Pieces are lent until the next one is asked for: see `GetOptions`. */
  readonly borrow?: boolean | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Gives exactly the bytes of the range, in order. Whatever does not fit together (a list that does not hold what its
 * parent says, a chunk of another size, a depth that is none) is a `corrupt` error that names the chunk, before any
 * byte of it is given. May be iterated once; ending the iteration stops what is under way. A range that is not within
 * the blob throws `wrong-request` at once.
 */
export function readBlob(descriptor: BlobDescriptor, options: ReadOptions): AsyncIterableIterator<Uint8Array> {
  const range = checkedRange(descriptor, options.range)
  if (descriptor.depth === 0 || range.length === 0) return readOne(descriptor, range, options)
  return new BlobReading(descriptor, range, options)
}

/** No tree, or nothing of it. */
async function* readOne(
  { root, size }: BlobDescriptor,
  { start, length }: ByteRange,
  { source, signal, borrow }: ReadOptions,
): AsyncGenerator<Uint8Array, undefined, undefined> {
  if (length === 0) return
  signal?.throwIfAborted()
  const [chunk, ...others] = await source.read([{ id: root, kind: 'data', size }], { signal })
  assert(chunk !== undefined && others.length === 0, 'a source gives as many chunks as were asked for')
  if (chunk.length !== size) throw corrupt(root, `has ${chunk.length} bytes where ${size} belong`)
  yield* given(chunk, start, start + length, { source, borrow })
}

/** The iteration over a tree. */
class BlobReading implements AsyncIterableIterator<Uint8Array> {
  readonly #stop = new AbortController()
  readonly #pieces: AsyncGenerator<Uint8Array, undefined, undefined>
  #isReturned = false

  constructor(descriptor: BlobDescriptor, range: ByteRange, options: ReadOptions) {
    this.#pieces = this.#read(descriptor, range, options)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return this.#pieces.next()
  }

  /** Does not wait for chunks that nobody wants any more. */
  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isReturned = true
    this.#stop.abort()
    return this.#pieces.return(undefined)
  }

  async *#read(
    descriptor: BlobDescriptor,
    range: ByteRange,
    options: ReadOptions,
  ): AsyncGenerator<Uint8Array, undefined, undefined> {
    const { source, signal } = options
    signal?.throwIfAborted()
    const abort = (): void => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      const end = range.start + range.length
      const stop = this.#stop.signal
      const walk = new LeafWalk(descriptor, { source, start: range.start, end, signal: stop })
      using interruption = new Interruption(stop)
      const ahead = new ReadAhead(walk, { source, ...windowOf(options), signal: stop })
      for (;;) {
        const batch = await interruption.wait(ahead.next())
        if (batch === undefined) return
        for (const [index, leaf] of batch.leaves.entries()) {
          stop.throwIfAborted()
          const chunk = batch.chunks[index]
          if (chunk === undefined) continue
          const from = Math.max(0, range.start - leaf.start)
          yield* given(chunk, from, Math.min(leaf.size, end - leaf.start), options)
        }
      }
    } catch (error) {
      if (!this.#isReturned) throw error
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#stop.abort()
    }
  }
}

/** Several batches fit into a window, so that some are under way while one is given. */
const batchesPerWindow = 4

function windowOf(options: ReadOptions): { readonly windowBytes: number; readonly batchBytes: number } {
  const { windowBytes } = validateReadingLimits({ windowBytes: options.windowBytes ?? readingDefaults.windowBytes })
  const share = Math.max(1, Math.floor(windowBytes / batchesPerWindow))
  return { windowBytes, batchBytes: Math.min(readingDefaults.batchBytes, share) }
}

function checkedRange({ size }: BlobDescriptor, range: ByteRange | undefined): ByteRange {
  if (range === undefined) return { start: 0, length: size }
  const { start, length } = range
  const isWhole = Number.isSafeInteger(start) && Number.isSafeInteger(length)
  if (isWhole && start >= 0 && length >= 0 && start + length <= size) return range
  throw new FlotillaError(
    'wrong-request',
    `bytes ${start} and ${length} on are asked for, of a blob of ${size} bytes`,
    {
      hint: 'ask for a range that ends where the blob ends or before',
    },
  )
}
