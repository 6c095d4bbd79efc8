import { open, rename, rm, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { FlotillaError } from '@flotilla/core/errors'
import { cliLimitsDefaults } from '../limits.ts'

/** Enough of a blob's id that two blobs are never taken for one another in one folder. */
const idLength = 16

/**
 * A file that is being fetched, beside its place, under a name that says of which blob it is a part. It is made durable
 * step by step, so that after a crash of the machine the steps before the last are sure; fetching goes on from there.
 */
export class PartialFile implements AsyncDisposable {
  readonly #path: string
  readonly #target: string
  readonly #handle: FileHandle
  /** Bytes that are in it, of which those before `#syncedBytes` are durable. */
  #size: number
  #syncedBytes: number

  private constructor(options: { target: string; path: string; handle: FileHandle; size: number }) {
    this.#target = options.target
    this.#path = options.path
    this.#handle = options.handle
    this.#size = options.size
    this.#syncedBytes = options.size
  }

  /** What there is already of that blob is gone on with, as far as it is sure. */
  static async open(target: string, id: string, blobSize: number): Promise<PartialFile> {
    const path = join(dirname(target), `.${basename(target)}.${id.slice(0, idLength)}.partial`)
    try {
      const handle = await open(path, 'a', 0o600)
      const { size } = await handle.stat()
      const { partialStepBytes } = cliLimitsDefaults
      const sure = size > blobSize ? 0 : Math.floor(size / partialStepBytes) * partialStepBytes
      await handle.truncate(sure)
      return new PartialFile({ target, path, handle, size: sure })
    } catch (error) {
      throw unwritable(target, error)
    }
  }

  get size(): number {
    return this.#size
  }

  async append(bytes: Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(bytes)
      this.#size += bytes.length
      if (this.#size - this.#syncedBytes < cliLimitsDefaults.partialStepBytes) return
      await this.#handle.datasync()
      this.#syncedBytes = this.#size
    } catch (error) {
      throw unwritable(this.#target, error)
    }
  }

  /** Puts it in its place, in that of what was there before. */
  async finish(): Promise<void> {
    try {
      await this.#handle.sync()
      await rename(this.#path, this.#target)
    } catch (error) {
      throw unwritable(this.#target, error)
    }
  }

  async remove(): Promise<void> {
    await rm(this.#path, { force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close()
  }
}

function unwritable(path: string, error: unknown): FlotillaError {
  const said = error instanceof Error ? error.message : String(error)
  return new FlotillaError('unwritable', `${path} cannot be written (${said})`, {
    hint: 'mend that and fetch it again: what has come already is kept beside it',
    cause: error,
  })
}
