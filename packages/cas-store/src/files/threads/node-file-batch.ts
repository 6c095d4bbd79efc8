import { closeSync, constants, fstatSync, openSync, readSync, statSync, type BigIntStats } from 'node:fs'
import { assert } from '@flotilla/core/errors'
import { fileFates, type FileFailure, type FilesToSeal, type SealedFiles } from '../../sealing/file-batch.ts'
import { packedBytesMax } from '../../sealing/packed-chunks.ts'
import type { Workbench } from '../../sealing/workbench.ts'
import { encodeDescriptor } from '../../tree/descriptor-codec.ts'
import type { BlobId, ChunkId } from '../../types.ts'
import { isSettled, signatureOf } from '../file-signature.ts'

/** What is no plain file must not keep the thread waiting, such as a pipe that nobody writes to. */
const openingFlags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0)

/**
 * With synchronous calls: measured, opening, looking, reading, looking again and closing take 7 µs of a file of 4 KiB,
 * where trips to Node's thread pool take 75.
 */
export function sealFiles(bench: Workbench, files: FilesToSeal): SealedFiles {
  const batch = new FileBatch(bench, files)
  let count = 0
  while (count < files.paths.length && batch.take(count)) count++
  return batch.result(count)
}

class FileBatch {
  readonly #bench: Workbench
  readonly #files: FilesToSeal
  readonly #content: Uint8Array
  readonly #fates: Uint8Array
  readonly #sizes: Float64Array
  readonly #ends: Uint32Array
  readonly #chunks: ChunkId[] = []
  readonly #blobs: BlobId[] = []
  readonly #signatures: string[] = []
  readonly #failures: FileFailure[] = []
  #end = 0

  constructor(bench: Workbench, files: FilesToSeal) {
    const { length } = files.paths
    this.#bench = bench
    this.#files = files
    // One more, to see whether a file is longer than it says.
    this.#content = new Uint8Array(files.fileBytesMax + 1)
    this.#fates = new Uint8Array(length)
    this.#sizes = new Float64Array(length)
    this.#ends = new Uint32Array(length)
  }

  /** False where there is no room for it. */
  take(index: number): boolean {
    try {
      const fate = this.#fateOf(index)
      if (fate === undefined) return false
      this.#fates[index] = fate
    } catch (error) {
      this.#fates[index] = fileFates.failed
      this.#failures.push(failureOf(error))
    }
    return true
  }

  result(count: number): SealedFiles {
    // Nothing of the files stays behind.
    this.#content.fill(0)
    return {
      fates: this.#fates.slice(0, count),
      sizes: this.#sizes.slice(0, count),
      epoch: this.#bench.epoch,
      chunks: this.#chunks,
      blobs: this.#blobs,
      signatures: this.#signatures,
      ends: this.#ends.slice(0, this.#chunks.length),
      failures: this.#failures,
    }
  }

  #fateOf(index: number): number | undefined {
    const path = this.#files.paths[index] ?? ''
    const signature = this.#files.signatures[index]
    const beganAtMs = Date.now()
    // Before it is opened: to open a pipe or a device, and to close it again, may do something to it.
    const before = statSync(path, { bigint: true })
    if (!before.isFile()) throw new Error('it is no plain file')
    if (signature === signatureOf(before)) return fileFates.unchanged
    const size = Number(before.size)
    this.#sizes[index] = size
    if (size > this.#files.fileBytesMax) return fileFates.left
    if (this.#end + packedBytesMax(size) > this.#files.room.length) return undefined
    const after = this.#read(path, size)
    if (after === undefined || !after.isFile() || after.size !== before.size) return fileFates.left
    this.#seal(this.#content.subarray(0, size))
    this.#signatures.push(isSettled(before, after, beganAtMs) ? signatureOf(before) : '')
    return fileFates.sealed
  }

  /** What the file is like behind it; undefined unless it has as many bytes as its size says, which in /proc is 0. */
  #read(path: string, size: number): BigIntStats | undefined {
    const file = openSync(path, openingFlags)
    try {
      return bytesRead(file, size, this.#content) === size ? fstatSync(file, { bigint: true }) : undefined
    } finally {
      closeSync(file)
    }
  }

  #seal(bytes: Uint8Array): void {
    const { ids, lengths } = this.#bench.pack([{ kind: 'data', bytes }], this.#files.room.subarray(this.#end))
    const [id] = ids
    const [length] = lengths
    assert(id !== undefined && length !== undefined, 'each chunk is packed')
    this.#end += length
    this.#ends[this.#chunks.length] = this.#end
    this.#chunks.push(id)
    this.#blobs.push(this.#bench.blobIdOf(encodeDescriptor({ size: bytes.length, depth: 0, root: id })))
  }
}

/** `size` where that is all, as far as one read tells; else more or fewer. There is room for more. */
function bytesRead(file: number, size: number, into: Uint8Array): number {
  for (let at = 0; ;) {
    const count = readSync(file, into, at, size + 1 - at, at)
    at += count
    if (count === 0 || at >= size) return at
  }
}

function failureOf(error: unknown): FileFailure {
  if (!(error instanceof Error)) return { code: undefined, message: String(error) }
  return { code: 'code' in error ? String(error.code) : undefined, message: error.message }
}
