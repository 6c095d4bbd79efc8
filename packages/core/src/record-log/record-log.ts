import type { Disk, DiskFile, DiskPath } from '../disk/index.ts'
import { FlotillaError } from '../errors/index.ts'
import type { Entropy } from '../random/index.ts'
import { validateRecordLogLimits, type RecordLogLimits } from './limits.ts'
import {
  alignmentBytes,
  encodeFileHeader,
  encodeRecord,
  extentOf,
  firstPosition,
  logIdBytes,
  sealRecord,
  type LogPosition,
  type LogSeed,
  type RecordKind,
} from './record-format.ts'
import { RecordReader } from './record-reader.ts'
import { corrupt, recover, type Recovery } from './recovery.ts'

export type RecordLogErrorCode =
  /** What was durable is damaged. The message names the file and the byte; nothing was changed. */
  | 'corrupt'
  /** The log was written by a newer program. */
  | 'unknown-version'
  /** Too much is appended and not durable: sync, and try again. */
  | 'overloaded'
  /** A record, or one append, is longer than the limit named in the message. */
  | 'too-large'
  /** There is no such position in this log. */
  | 'wrong-position'
  /** A limit is out of its range. */
  | 'wrong-setting'
  /** The log was closed here. */
  | 'closed'

export interface RecordLogOptions {
  readonly disk: Disk
  readonly path: DiskPath
  /** For the id of a new log. */
  readonly entropy: Entropy
  readonly limits?: Partial<RecordLogLimits>
}

export interface LogRecord {
  readonly position: LogPosition
  readonly bytes: Uint8Array
}

export interface RecordLog extends AsyncDisposable {
  /** What was found at opening: whole records, and the bytes of a write that a crash interrupted. */
  readonly recovered: { readonly records: number; readonly droppedBytes: number }
  /** Where the next record will stand. */
  readonly end: LogPosition
  /** Every record before this is durable. */
  readonly durableEnd: LogPosition
  /**
   * Takes the records, all or none, and returns where they stand. They are copied, kept in memory until the next
   * `sync`, and not durable before that. Throws `overloaded`, `too-large` or `closed`.
   */
  append(records: readonly Uint8Array[]): readonly LogPosition[]
  /**
   * Resolves when everything appended before this call is durable. Calls that come while one is at work share the next.
   * If it fails, the records may or may not be durable. After `disk-full` or a failed write they are kept, and the next
   * call tries again; after a failed sync every further call fails with `poisoned`: close the log and recover.
   */
  sync(): Promise<void>
  /**
   * The records that are durable when the iteration begins, in order, from `from` (a position that `append` or this
   * method gave). Each is checked again, and `corrupt` thrown where it is not what was written.
   */
  records(options?: { readonly from?: LogPosition }): AsyncIterable<LogRecord>
  /** Syncs, marks the log as cleanly closed, and closes the file, also when the sync fails. */
  [Symbol.asyncDispose](): PromiseLike<void>
}

/**
 * Opens a log, or creates it; recovers what an interrupted write has left. Throws `corrupt` and changes nothing
 * otherwise.
 */
export async function openRecordLog(options: RecordLogOptions): Promise<RecordLog> {
  const limits = validateRecordLogLimits(options.limits)
  const file = await openOrCreate(options)
  try {
    return new FileRecordLog(file, options.path, limits, await recover(file, options.path, limits))
  } catch (error) {
    await file[Symbol.asyncDispose]()
    throw error
  }
}

/** `replace` gives the file its whole header or does not make it, so there is no half-made log. */
async function openOrCreate({ disk, path, entropy }: RecordLogOptions): Promise<DiskFile> {
  try {
    return await disk.open(path)
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code !== 'not-found') throw error
    await disk.replace(path, encodeFileHeader(entropy.bytes(logIdBytes)))
    return disk.open(path)
  }
}

interface Pending {
  readonly position: LogPosition
  readonly bytes: Uint8Array
}

class FileRecordLog implements RecordLog {
  readonly recovered: RecordLog['recovered']
  readonly #file: DiskFile
  readonly #path: DiskPath
  readonly #seed: LogSeed
  readonly #limits: RecordLogLimits
  #end: LogPosition
  #durableEnd: LogPosition
  /** From `#durableEnd` to `#end` without a gap; together at most `bufferedBytesMax`. */
  readonly #pending: Pending[] = []
  #endsInMark: boolean
  /** Something may stand in the file after `#durableEnd`. */
  #tailWritten = false
  /** Settles, without an error, when the last commit that was given out is over. */
  #lastCommit: Promise<void> = Promise.resolve()
  /** The commit that has not begun yet, shared by all who wait for what it will cover. */
  #nextCommit: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(file: DiskFile, path: DiskPath, limits: RecordLogLimits, recovery: Recovery) {
    this.#file = file
    this.#path = path
    this.#limits = limits
    this.#seed = recovery.seed
    this.#end = recovery.end
    this.#durableEnd = recovery.end
    this.#endsInMark = recovery.endsInMark
    this.recovered = { records: recovery.records, droppedBytes: recovery.droppedBytes }
  }

  get end(): LogPosition {
    return this.#end
  }

  get durableEnd(): LogPosition {
    return this.#durableEnd
  }

  append(records: readonly Uint8Array[]): readonly LogPosition[] {
    this.#checkOpen()
    const { recordBytesMax, bufferedBytesMax } = this.#limits
    let bytes = 0
    for (const record of records) {
      if (record.length > recordBytesMax) throw tooLarge('a record', record.length, 'recordBytesMax', recordBytesMax)
      bytes += extentOf(record.length)
    }
    if (bytes > bufferedBytesMax) throw tooLarge('one append', bytes, 'bufferedBytesMax', bufferedBytesMax)
    const waiting = this.#end - this.#durableEnd
    if (waiting + bytes > bufferedBytesMax) {
      throw new FlotillaError(
        'overloaded',
        `${waiting} bytes wait for a sync; bufferedBytesMax is ${bufferedBytesMax}`,
        {
          hint: 'sync the log, then append again',
        },
      )
    }
    return records.map((record) => this.#take('record', record))
  }

  async sync(): Promise<void> {
    this.#checkOpen()
    return this.#commitAll()
  }

  async *records(options: { readonly from?: LogPosition } = {}): AsyncGenerator<LogRecord, void, undefined> {
    const through = this.#durableEnd
    let position = options.from ?? firstPosition
    if (position < firstPosition || position > through || position % alignmentBytes !== 0) {
      throw new FlotillaError('wrong-position', `${position} is no durable position of the record log ${this.#path}`, {
        hint: 'iterate from a position that this log gave, at most its durableEnd',
      })
    }
    const reader = new RecordReader(this.#file, this.#seed, this.#limits)
    while (position < through) {
      const found = reader.heldAt(position) ?? (await reader.at(position))
      if (found.type === 'bad') throw corrupt(this.#path, position, 'a record that was durable is damaged')
      // A copy: otherwise one short record that is kept would keep the whole window.
      if (found.header.kind === 'record') yield { position, bytes: found.payload.slice() }
      position = found.next
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      await this.#commitAll()
      if (this.#endsInMark) return
      this.#take('mark', new Uint8Array(0))
      await this.#commitAll()
    } finally {
      await this.#file[Symbol.asyncDispose]()
    }
  }

  #take(kind: RecordKind, payload: Uint8Array): LogPosition {
    const position = this.#end
    const bytes = encodeRecord(this.#seed, position, kind, payload)
    this.#pending.push({ position, bytes })
    this.#end = (position + bytes.length) as LogPosition
    this.#endsInMark = kind === 'mark'
    return position
  }

  #commitAll(): Promise<void> {
    if (this.#pending.length === 0) return Promise.resolve()
    if (this.#nextCommit !== undefined) return this.#nextCommit
    const next = this.#lastCommit.then(() => this.#commit())
    this.#nextCommit = next
    this.#lastCommit = next.catch(() => {}) // Whoever shares `next` hears of it.
    return next
  }

  /** Group commit: one write and one sync for all that is pending; what is appended meanwhile waits for the next. */
  async #commit(): Promise<void> {
    this.#nextCommit = undefined
    if (this.#pending.length === 0) return // The commit before covered it.
    if (this.#tailWritten) {
      // A write failed half-way. Its remains must be gone for good before others stand in their place: a mixture of the
      // two in one sector would look like damage, not like an interrupted write.
      await this.#file.truncate(this.#durableEnd)
      await this.#file.sync()
    }
    const batch = [...this.#pending]
    const end = this.#end
    for (const { position, bytes } of batch) sealRecord(this.#seed, position, bytes, this.#durableEnd)
    this.#tailWritten = true
    await this.#file.write(
      this.#durableEnd,
      batch.map(({ bytes }) => bytes),
    )
    await this.#file.sync()
    this.#tailWritten = false
    this.#pending.splice(0, batch.length)
    this.#durableEnd = end
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return
    throw new FlotillaError('closed', `the record log ${this.#path} is closed`, { hint: 'open it again' })
  }
}

function tooLarge(what: string, bytes: number, limit: keyof RecordLogLimits, most: number): FlotillaError<'too-large'> {
  return new FlotillaError('too-large', `${what} of ${bytes} bytes is too large; ${limit} is ${most}`, {
    hint: `write it in parts, or raise ${limit}`,
  })
}
