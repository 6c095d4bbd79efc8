import { assert } from '@flotilla/core/errors'
import type { FileColumns } from '../catalogue/contract.ts'
import type { Workshop } from '../sealing/contract.ts'
import { fileFates, type FileFailure, type SealedFiles } from '../sealing/file-batch.ts'
import type { BlobId } from '../types.ts'
import type { LocalStore } from './contract.ts'
import { codeOf } from './errors.ts'
import type { Instruments } from './instruments.ts'
import type { PuttingParts } from './putting.ts'
import type { PutsUnderWay } from './puts-under-way.ts'

/** Files of which each is expected to be small. */
export interface FilesToPut {
  readonly files: readonly FileToPut[]
  /** Reads them all, whatever is known about them. */
  readonly force: boolean
}

export interface FileToPut {
  /** Absolute. */
  readonly path: string
  /** Checked. */
  readonly name: string | undefined
}

export type FilePut =
  | {
      readonly type: 'put'
      readonly id: BlobId
      readonly size: number
      readonly bytesKnown: number
      readonly bytesStored: number
    }
  /** It is to be put as any file is: it is too large for this, or was changed while it was read. */
  | { readonly type: 'left'; readonly size: number }
  | { readonly type: 'failed'; readonly failure: FileFailure }

export interface FilesPuttingOptions extends PuttingParts {
  readonly puts: PutsUnderWay
  /** Gives a name to a blob that is here; rejects with `not-found` where it is not any more. */
  readonly name: (name: string, id: BlobId) => Promise<void>
  readonly instruments: Instruments
  readonly fileBatchBytes: number
}

interface Parts extends FilesPuttingOptions {
  readonly sealFiles: NonNullable<Workshop['sealFiles']>
  readonly fileBytesMax: number
}

export function smallFilesPut(
  workshop: Pick<Workshop, 'sealFiles'>,
  options: FilesPuttingOptions,
): LocalStore['putSmallFiles'] {
  if (workshop.sealFiles === undefined) return undefined
  const { plan, fileBatchBytes, puts, instruments } = options
  const parts: Parts = {
    ...options,
    // What is no longer than the least chunk is one chunk.
    fileBytesMax: Math.min(plan[0]?.sizes.min ?? 0, fileBatchBytes >> 1),
    sealFiles: (files) => workshop.sealFiles?.(files) ?? Promise.reject(new Error('the workshop reads no files')),
  }
  return (files, callOptions) =>
    puts.run(callOptions, async (signal) => {
      const results = await putSmallFiles(parts, files, signal)
      tell(instruments, results)
      return results
    })
}

function tell(instruments: Instruments, results: readonly FilePut[]): void {
  let [bytes, bytesKnown, bytesStored, blobs] = [0, 0, 0, 0]
  for (const result of results) {
    if (result.type !== 'put') continue
    bytes += result.size
    bytesKnown += result.bytesKnown
    bytesStored += result.bytesStored
    blobs++
  }
  instruments.put(bytes, bytesKnown, bytesStored, blobs)
}

/**
 * One trip to a thread, one write to a pack and one commit for all of them. All that it tells is durable. Where it
 * rejects, nothing of it stays but chunks that the next collection takes, and perhaps names of files that were known.
 */
async function putSmallFiles(
  parts: Parts,
  { files, force }: FilesToPut,
  signal: AbortSignal,
): Promise<readonly FilePut[]> {
  const { vault, sealFiles, slab, giveBack, checkRoom, fileBytesMax } = parts
  const paths = files.map(({ path }) => path)
  const seen = force ? [] : await vault.catalogue.seenFiles(paths)
  await checkRoom?.(0)
  signal.throwIfAborted()
  const room = slab(parts.fileBatchBytes)
  const signatures = force ? [] : seen.map((row) => row?.signature)
  const sealed = await sealFiles({ paths, signatures, fileBytesMax, room })
  signal.throwIfAborted()
  if (sealed.chunks.length === 0) giveBack([room])
  const stored = await storeSealed(parts, files, sealed, room, signal)
  const read = new SealedReader(sealed, stored)
  const naming: Promise<unknown>[] = []
  const results = Array.from(sealed.fates, (fate, index): FilePut => {
    if (fate === fileFates.sealed) return read.put(index)
    if (fate === fileFates.failed) return { type: 'failed', failure: read.failure() }
    const before = seen[index]
    if (fate === fileFates.left || before === undefined) return { type: 'left', size: sealed.sizes[index] ?? 0 }
    naming.push(nameKnown(parts, files[index]?.name, before).then((result) => (results[index] = result)))
    return { type: 'left', size: before.size } // Until it has its name.
  })
  await Promise.all(naming)
  return results
}

/** Bytes of the record of each, where it was new. */
async function storeSealed(
  parts: Parts,
  files: readonly FileToPut[],
  sealed: SealedFiles,
  room: Uint8Array,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { vault, giveBack, checkRoom } = parts
  const { chunks: ids, epoch, ends } = sealed
  if (ids.length === 0) return new Uint8Array()
  await checkRoom?.(ends.at(-1) ?? 0)
  await using session = vault.session()
  const records = { ids, kind: 'data', epoch, bytes: room, ends, release: () => giveBack([room]) } as const
  const isKnown = await session.addFinished(records, { signal })
  signal.throwIfAborted()
  await session.commit([{ type: 'add-files', files: filesOf(files, sealed, parts.wallNow()) }])
  return isKnown
}

function filesOf(files: readonly FileToPut[], sealed: SealedFiles, atMs: number): FileColumns {
  const [sizes, names, paths]: [number[], string[], string[]] = [[], [], []]
  for (const [index, fate] of sealed.fates.entries()) {
    const file = files[index]
    if (fate !== fileFates.sealed || file === undefined) continue
    sizes.push(sealed.sizes[index] ?? 0)
    names.push(file.name ?? '')
    paths.push(file.path)
  }
  return { atMs, blobs: sealed.blobs, sizes, roots: sealed.chunks, names, paths, signatures: sealed.signatures }
}

/** What was seen before, and has not been changed since. */
async function nameKnown(
  parts: Parts,
  name: string | undefined,
  { blob, size }: { readonly blob: BlobId; readonly size: number },
): Promise<FilePut> {
  try {
    if (name !== undefined) await parts.name(name, blob)
    return { type: 'put', id: blob, size, bytesKnown: size, bytesStored: 0 }
  } catch (error) {
    // It was deleted meanwhile, so it is to be read again.
    if (codeOf(error) === 'not-found') return { type: 'left', size }
    throw error
  }
}

/** Goes through what was sealed, and what has failed, in order. */
class SealedReader {
  readonly #sealed: SealedFiles
  readonly #isKnown: Uint8Array
  #at = 0
  #failed = 0

  constructor(sealed: SealedFiles, isKnown: Uint8Array) {
    this.#sealed = sealed
    this.#isKnown = isKnown
  }

  put(index: number): FilePut {
    const { blobs, ends, sizes } = this.#sealed
    const at = this.#at++
    const id = blobs[at]
    assert(id !== undefined, 'each file that was sealed has its blob')
    const size = sizes[index] ?? 0
    const isKnown = this.#isKnown[at] === 1
    const bytesStored = isKnown ? 0 : (ends[at] ?? 0) - (ends[at - 1] ?? 0)
    return { type: 'put', id, size, bytesKnown: isKnown ? size : 0, bytesStored }
  }

  failure(): FileFailure {
    return this.#sealed.failures[this.#failed++] ?? { code: undefined, message: 'it failed' }
  }
}
