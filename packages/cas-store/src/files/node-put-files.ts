import { resolve } from 'node:path'
import { assert, FlotillaError } from '@flotilla/core/errors'
import type { BlobCallOptions, BlobErrorCode } from '../blobs.ts'
import type { LocalStore } from '../store/contract.ts'
import { codeOf } from '../store/errors.ts'
import { checkName } from '../store/names.ts'
import type { FilePut, FileToPut } from '../store/putting-files.ts'
import type { BlobId } from '../types.ts'
import { putFilesLimits } from './limits.ts'
import { fileError } from './node-file-error.ts'
import { putFile } from './node-put-file.ts'

export interface PutFilesOptions extends BlobCallOptions {
  /** What shall stand for a file’s content from then on; undefined: no name. Default: none has one. */
  readonly name?: (path: string) => string | undefined
  /** Reads them again, whatever is known about them. */
  readonly force?: boolean
  /** Told now and then. */
  readonly onProgress?: (progress: PutFilesProgress) => void
}

export interface PutFilesProgress {
  /** Files of which it was told what became of them, or soon is; those that failed among them. */
  readonly files: number
  readonly failed: number
  /** Of content, of all files. */
  readonly bytesRead: number
  readonly bytesKnown: number
}

/** What became of one file. */
export type PutFilesOutcome =
  /** It is durable. */
  | {
      readonly type: 'put'
      readonly path: string
      readonly id: BlobId
      readonly size: number
      /** Bytes of content that were here already. */
      readonly bytesKnown: number
      /** Bytes written to this node’s disk. */
      readonly bytesStored: number
    }
  /** It could not be read, or its name cannot be one. The others go on. */
  | { readonly type: 'failed'; readonly path: string; readonly error: FlotillaError<BlobErrorCode> }

/**
 * Puts many files, and tells of each what became of it, in no particular order; what it has told is durable. Small
 * ones go in batches, each with one trip to a thread, one write and one commit, and others as `putFile` puts them. It
 * goes on only as long as it is asked for more; whoever ends early has what he was told of, and perhaps a few more.
 * Rejects where the store itself fails, or the signal aborts, once nothing of it is under way any more.
 */
export async function* putFiles(
  store: LocalStore,
  paths: Iterable<string>,
  options: PutFilesOptions = {},
): AsyncGenerator<PutFilesOutcome, void, undefined> {
  options.signal?.throwIfAborted()
  const putting = new FilesPutting(store, paths, options)
  try {
    for (;;) {
      const outcomes = await putting.next()
      if (outcomes === undefined) return
      for (const outcome of outcomes) yield outcome
    }
  } finally {
    await putting.end()
  }
}

interface GivenFile extends FileToPut {
  /** As it was given. */
  readonly given: string
}

interface SingleFile {
  readonly file: GivenFile
  /** How much it counts. */
  readonly weight: number
}

/** What came of one batch, or of one file. */
interface Step {
  readonly outcomes: readonly PutFilesOutcome[]
  /** To be put one by one. */
  readonly left?: readonly SingleFile[]
  /** They did not fit into the batch. */
  readonly again?: readonly GivenFile[]
}

class FilesPutting {
  readonly #store: LocalStore
  readonly #options: PutFilesOptions
  readonly #paths: Iterator<string>
  #isOver = false
  #again: GivenFile[] = []
  readonly #singles: SingleFile[] = []
  #batches = 0
  /** As many as fitted, and more where all did. */
  #filesPerBatch = putFilesLimits.filesPerBatchMin
  #weight = 0
  /** None of them rejects. */
  readonly #running = new Set<Promise<void>>()
  /** What came of those that have ended, and was not told of yet. */
  readonly #steps: Step[] = []
  #failure: { readonly error: unknown } | undefined
  readonly #stop = new AbortController()
  readonly #progress = { files: 0, failed: 0, bytesRead: 0, bytesKnown: 0 }
  readonly #abort = (): void => this.#stop.abort(this.#options.signal?.reason)

  constructor(store: LocalStore, paths: Iterable<string>, options: PutFilesOptions) {
    this.#store = store
    this.#options = options
    this.#paths = paths[Symbol.iterator]()
    options.signal?.addEventListener('abort', this.#abort, { once: true })
  }

  /** Undefined: all were told of. */
  async next(): Promise<readonly PutFilesOutcome[] | undefined> {
    this.#stop.signal.throwIfAborted()
    const refused = this.#start()
    if (refused.length > 0) return this.#told(refused)
    while (this.#steps.length === 0 && this.#failure === undefined && this.#running.size > 0) {
      await Promise.race(this.#running)
    }
    if (this.#failure !== undefined) throw this.#failure.error
    const step = this.#steps.shift()
    if (step === undefined) return undefined
    const { outcomes, left = [], again = [] } = step
    this.#singles.push(...left)
    this.#again.push(...again)
    return this.#told(outcomes)
  }

  /** Resolves when nothing is under way any more. */
  async end(): Promise<void> {
    this.#options.signal?.removeEventListener('abort', this.#abort)
    this.#stop.abort()
    await Promise.all(this.#running)
    if (!this.#isOver) this.#paths.return?.()
  }

  /** As much as may be under way; those that are refused at once. */
  #start(): readonly PutFilesOutcome[] {
    const { batchesMax, singlesMax } = putFilesLimits
    for (;;) {
      const [single] = this.#singles
      if (single === undefined) break
      if (this.#weight > 0 && this.#weight + single.weight > singlesMax) return [] // They have to become fewer.
      this.#singles.shift()
      this.#run(this.#putSingle(single))
    }
    const refused: PutFilesOutcome[] = []
    while (this.#batches < batchesMax && refused.length === 0) {
      const files = this.#again.splice(0, this.#filesPerBatch)
      while (files.length < this.#filesPerBatch && !this.#isOver) this.#take(files, refused)
      if (files.length === 0) break
      this.#run(this.#putBatch(files))
    }
    return refused
  }

  #take(files: GivenFile[], refused: PutFilesOutcome[]): void {
    const next = this.#paths.next()
    if (next.done === true) {
      this.#isOver = true
      return
    }
    const path = next.value
    try {
      const name = this.#options.name?.(path)
      if (name !== undefined) checkName(name)
      // The system would be asked for another one, and the catalogue keeps none such.
      if (!path.isWellFormed()) throw fileError(path, 'read', 'its path is not well-formed Unicode')
      files.push({ given: path, path: resolve(path), name })
    } catch (error) {
      refused.push(failed(path, error))
    }
  }

  #run(work: Promise<Step>): void {
    const running = work
      .then(
        (step) => void this.#steps.push(step),
        (error: unknown) => void (this.#failure ??= { error }),
      )
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async #putBatch(files: readonly GivenFile[]): Promise<Step> {
    const { putSmallFiles } = this.#store
    if (putSmallFiles === undefined) return { outcomes: [], left: files.map((file) => ({ file, weight: 1 })) }
    this.#batches++
    try {
      const { force = false } = this.#options
      const results = await putSmallFiles({ files, force }, { signal: this.#stop.signal })
      assert(results.length > 0, 'the first of them always fits')
      this.#adapt(files.length, results.length)
      const outcomes: PutFilesOutcome[] = []
      const left: SingleFile[] = []
      for (const [index, result] of results.entries()) {
        const file = files[index]
        if (file === undefined) continue
        if (result.type === 'left') left.push({ file, weight: weightOf(result.size) })
        else outcomes.push(outcomeOf(file, result))
      }
      return { outcomes, left, again: files.slice(results.length) }
    } finally {
      this.#batches--
    }
  }

  async #putSingle({ file, weight }: SingleFile): Promise<Step> {
    const { path, name, given } = file
    this.#weight += weight
    let [read, known] = [0, 0]
    try {
      const { force = false } = this.#options
      const { id, size, bytesKnown, bytesStored } = await putFile(this.#store, path, {
        force,
        signal: this.#stop.signal,
        ...(name === undefined ? {} : { name }),
        onProgress: ({ bytesRead, bytesKnown: knownSoFar }) => {
          this.#advance(bytesRead - read, knownSoFar - known)
          ;[read, known] = [bytesRead, knownSoFar]
        },
      })
      this.#advance(-read, -known) // They are counted with the outcome.
      return { outcomes: [{ type: 'put', path: given, id, size, bytesKnown, bytesStored }] }
    } catch (error) {
      this.#advance(-read, -known)
      if (codeOf(error) !== 'wrong-request') throw error
      return { outcomes: [failed(given, error)] }
    } finally {
      this.#weight -= weight
    }
  }

  #adapt(given: number, fitted: number): void {
    const { filesPerBatchMin, filesPerBatchMax } = putFilesLimits
    const next = fitted < given ? fitted : Math.max(2 * given, this.#filesPerBatch)
    this.#filesPerBatch = Math.min(Math.max(next, filesPerBatchMin), filesPerBatchMax)
  }

  #told(outcomes: readonly PutFilesOutcome[]): readonly PutFilesOutcome[] {
    const { onProgress } = this.#options
    for (const outcome of outcomes) {
      this.#progress.files++
      if (outcome.type === 'failed') this.#progress.failed++
      else {
        this.#progress.bytesRead += outcome.size
        this.#progress.bytesKnown += outcome.bytesKnown
      }
    }
    onProgress?.({ ...this.#progress })
    return outcomes
  }

  #advance(bytesRead: number, bytesKnown: number): void {
    this.#progress.bytesRead += bytesRead
    this.#progress.bytesKnown += bytesKnown
    if (bytesRead > 0) this.#options.onProgress?.({ ...this.#progress })
  }
}

function weightOf(size: number): number {
  return size < putFilesLimits.heavyBytesMin ? 1 : putFilesLimits.heavyFilesCount
}

function outcomeOf({ given, path }: GivenFile, result: Exclude<FilePut, { readonly type: 'left' }>): PutFilesOutcome {
  if (result.type === 'failed') {
    const { code, message } = result.failure
    return failed(given, fileError(path, 'read', Object.assign(new Error(message), code === undefined ? {} : { code })))
  }
  const { id, size, bytesKnown, bytesStored } = result
  return { type: 'put', path: given, id, size, bytesKnown, bytesStored }
}

function failed(path: string, error: unknown): PutFilesOutcome {
  if (error instanceof FlotillaError) return { type: 'failed', path, error: error as FlotillaError<BlobErrorCode> }
  throw error
}
