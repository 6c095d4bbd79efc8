import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import { openRecordLog, type RecordLog, type RecordLogLimits } from '@flotilla/core/record-log'
import { catalogueError } from './catalogue-error.ts'
import type { CatalogueChange, CatalogueDamage } from './contract.ts'
import { imagePartBytes, journalCodec, journalRecordBytesMax, type JournalRecord } from './journal-record.ts'

export interface JournalOptions {
  readonly disk: Disk
  readonly path: DiskPath
  readonly entropy: Entropy
}

/** What a journal held when it was opened: an image, if there is one, and the changes since. */
export interface JournalContent {
  readonly image: Uint8Array | undefined
  readonly changes: readonly (readonly CatalogueChange[])[]
}

const logLimits: Partial<RecordLogLimits> = {
  recordBytesMax: journalRecordBytesMax,
  bufferedBytesMax: 2 * journalRecordBytesMax,
  readBytes: 64 * 2 ** 10,
}

/**
 * The changes of a catalogue on a `Disk`, one record for each transaction, durable when it is appended. When it has
 * become long, another one takes its place, which begins with an image of all there is.
 */
export class Journal implements AsyncDisposable {
  readonly #options: JournalOptions
  readonly #nextPath: DiskPath
  readonly #codec = journalCodec()
  #log: RecordLog
  #records: number

  private constructor(options: JournalOptions, log: RecordLog) {
    this.#options = options
    this.#nextPath = nextPathOf(options.path)
    this.#log = log
    this.#records = log.recovered.records
  }

  static async open(options: JournalOptions): Promise<{ readonly journal: Journal; readonly content: JournalContent }> {
    // A crash has left it half done.
    await options.disk.remove(nextPathOf(options.path))
    const journal = new Journal(options, await openLog(options, options.path))
    try {
      return { journal, content: await journal.#content() }
    } catch (error) {
      await journal[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Of the file. */
  get byteLength(): number {
    return this.#log.end
  }

  /**
   * Resolves when these changes are durable. Where that fails, the log is opened again as after a crash, and what
   * stands there decides: either they are there after all, or they are not, and it rejects. Where even that fails it
   * rejects with `poisoned`, and so does whatever comes after.
   */
  async append(changes: readonly CatalogueChange[]): Promise<void> {
    const record = this.#codec.encode({ type: 'changes', changes })
    try {
      this.#log.append([record])
      await this.#log.sync()
    } catch (error) {
      await this.#openAgain(error)
      if (this.#log.recovered.records === this.#records) throw error
    }
    this.#records++
  }

  /**
   * Puts a journal with only this image in the place of the present one. If it rejects with anything but `poisoned`,
   * the present one is as it was.
   */
  async rewrite(image: Uint8Array): Promise<void> {
    const { disk, path } = this.#options
    const records = await this.#writeNext(image)
    // Everything in it is durable; whether it can also be marked as closed does not matter any more.
    await closed(this.#log)
    let failure: FlotillaError | undefined
    try {
      await disk.rename(this.#nextPath, path)
    } catch (error) {
      // Nobody knows which of the two the next life would find, so nothing more may be written to either.
      if (!(error instanceof FlotillaError) || error.code !== 'disk-full') throw poisoned(path, error)
      failure = error
    }
    try {
      this.#log = await openLog(this.#options, path)
    } catch (error) {
      throw poisoned(path, error)
    }
    if (failure !== undefined) throw failure
    this.#records = records
  }

  /** Reads all of it again. */
  async verify(): Promise<readonly CatalogueDamage[]> {
    let position = 0
    try {
      for await (const record of this.#log.records()) {
        position = record.position
        this.#codec.decode(record.bytes)
      }
      return []
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      return [{ table: 'journal', row: `behind byte ${position}`, why: error.message }]
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#log[Symbol.asyncDispose]()
  }

  async #openAgain(cause: unknown): Promise<void> {
    // What it says has been said: it tries once more to write what is owed.
    await closed(this.#log)
    try {
      this.#log = await openLog(this.#options, this.#options.path)
    } catch (error) {
      throw poisoned(this.#options.path, error instanceof Error ? error : cause)
    }
  }

  async #writeNext(image: Uint8Array): Promise<number> {
    const { disk } = this.#options
    let records = 0
    try {
      await disk.remove(this.#nextPath)
      const next = await openLog(this.#options, this.#nextPath)
      try {
        for (let at = 0; at < image.length; at += imagePartBytes) {
          const isLast = at + imagePartBytes >= image.length
          const part: JournalRecord = { type: 'image', bytes: image.subarray(at, at + imagePartBytes), isLast }
          next.append([this.#codec.encode(part)])
          await next.sync()
          records++
        }
      } finally {
        await next[Symbol.asyncDispose]()
      }
    } catch (error) {
      await disk.remove(this.#nextPath).catch(() => {}) // It is removed when it is opened the next time.
      throw error
    }
    return records
  }

  async #content(): Promise<JournalContent> {
    const parts: Uint8Array[] = []
    const changes: (readonly CatalogueChange[])[] = []
    let isWhole = true
    for await (const { bytes } of this.#log.records()) {
      const record = this.#codec.decode(bytes)
      if (record.type === 'image') {
        parts.push(record.bytes)
        isWhole = record.isLast
      } else changes.push(record.changes)
    }
    if (!isWhole) throw catalogueError('corrupt', `the image in the journal ${this.#options.path} is not whole`)
    return { image: parts.length === 0 ? undefined : joined(parts), changes }
  }
}

function nextPathOf(path: DiskPath): DiskPath {
  return diskPath(`${path}.next`)
}

async function closed(log: RecordLog): Promise<void> {
  await Promise.resolve(log[Symbol.asyncDispose]()).catch(() => {})
}

function openLog({ disk, entropy }: JournalOptions, path: DiskPath): Promise<RecordLog> {
  return openRecordLog({ disk, path, entropy, limits: logLimits })
}

function poisoned(path: DiskPath, cause: unknown): FlotillaError {
  return catalogueError('poisoned', `the journal ${path} could not be written, nor opened again`, cause)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
