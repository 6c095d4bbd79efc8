import type { Crypto } from '../crypto/index.ts'
import type { Disk, DiskFile, DiskPath } from '../disk/index.ts'
import { FlotillaError } from '../errors/index.ts'
import type { Clock } from '../time/index.ts'
import { auditFiles, firstAuditFile, nextAuditFile } from './audit-files.ts'
import { checkAuditLog } from './audit-check.ts'
import { writeAuditLine, type AuditEntry } from './audit-record.ts'
import { validateAuditLimits, type AuditLimits } from './limits.ts'

export interface AuditLogOptions {
  readonly disk: Disk
  /** Nothing else is in it. */
  readonly folder: DiskPath
  readonly crypto: Crypto
  readonly clock: Clock
  readonly limits?: Partial<AuditLimits>
}

/** What was wanted and done on this machine, so that nobody can change it later without being noticed. */
export interface AuditLog extends AsyncDisposable {
  /** Resolves when it is durable. Once a write has failed, everything rejects until the log is opened again. */
  write(entry: AuditEntry): Promise<void>
}

/** Reads what there is first; rejects with `corrupt` where it was changed, and names the place. */
export async function openAuditLog(options: AuditLogOptions): Promise<AuditLog> {
  const { disk, folder, crypto } = options
  const limits = validateAuditLimits(options.limits)
  const { damage, tornBytes, last, hash } = await checkAuditLog({ disk, folder, crypto, limits })
  if (damage !== undefined) {
    throw new FlotillaError('corrupt', `the audit log is damaged: ${damage.file}, line ${damage.line}: ${damage.why}`, {
      hint: 'find out who changed it; then move the folder away, and a new log begins',
    })
  }
  const files = await auditFiles(disk, folder)
  const path = files.at(-1) ?? firstAuditFile(folder)
  const file = await disk.open(path, { create: true, durable: true })
  if (tornBytes > 0) {
    await file.truncate(file.size - tornBytes)
    await file.sync()
  }
  return new FileAuditLog({ ...options, limits }, { files: files.length === 0 ? [path] : files, file, last, hash })
}

interface Waiting {
  readonly line: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

interface Place {
  readonly files: readonly DiskPath[]
  readonly file: DiskFile
  readonly last: number
  readonly hash: string
}

class FileAuditLog implements AuditLog {
  readonly #options: AuditLogOptions & { readonly limits: AuditLimits }
  #files: readonly DiskPath[]
  #file: DiskFile
  #seq: number
  #hash: string
  #size: number
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  #isClosed = false

  constructor(options: AuditLogOptions & { readonly limits: AuditLimits }, { files, file, last, hash }: Place) {
    this.#options = options
    this.#files = files
    this.#file = file
    this.#seq = last
    this.#hash = hash
    this.#size = file.size
  }

  write(entry: AuditEntry): Promise<void> {
    const { crypto, clock, limits } = this.#options
    if (this.#isClosed) return Promise.reject(new FlotillaError('closed', 'the audit log was closed'))
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error)
    if (this.#waiting.length >= limits.recordsQueuedMax) {
      const message = `${limits.recordsQueuedMax} records wait to be written to the audit log`
      return Promise.reject(new FlotillaError('overloaded', message, { hint: 'try again in a moment' }))
    }
    const at = new Date(clock.wallNow()).toISOString()
    const record = { ...fitting(entry, limits.recordBytesMax), seq: this.#seq + 1, at }
    const { line, hash } = writeAuditLine(crypto, record, this.#hash)
    this.#seq++
    this.#hash = hash
    return new Promise((resolve, reject) => {
      this.#waiting.push({ line: new TextEncoder().encode(line), resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await this.#writing
    await this.#file[Symbol.asyncDispose]()
  }

  /** What came while one write was under way is the next one. */
  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#nextBatch()
      try {
        if (this.#size >= this.#options.limits.fileBytesMax) await this.#beginFile()
        await this.#file.write(
          this.#size,
          batch.map(({ line }) => line),
        )
        for (const { line } of batch) this.#size += line.length
        for (const { resolve } of batch) resolve()
      } catch (error) {
        // Nobody knows how much of it is there, so nothing can follow it.
        this.#failure = { error }
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(error)
      }
    }
    // Before anybody who was told can write again.
    this.#writing = undefined
  }

  #nextBatch(): readonly Waiting[] {
    let bytes = 0
    const count = this.#waiting.findIndex(({ line }) => (bytes += line.length) > this.#options.limits.batchBytesMax)
    return this.#waiting.splice(0, count === -1 ? this.#waiting.length : Math.max(count, 1))
  }

  async #beginFile(): Promise<void> {
    const { disk, folder, limits } = this.#options
    const path = nextAuditFile(folder, this.#files.at(-1) ?? firstAuditFile(folder))
    await this.#file[Symbol.asyncDispose]()
    this.#file = await disk.open(path, { create: true, durable: true })
    this.#size = this.#file.size
    this.#files = [...this.#files, path]
    for (const old of this.#files.slice(0, -limits.filesMax)) await disk.remove(old)
    this.#files = this.#files.slice(-limits.filesMax)
  }
}

/** An eighth for each text, so that the whole fits whatever is in them: a character may become six bytes of JSON. */
function fitting(entry: AuditEntry, recordBytesMax: number): AuditEntry {
  const lengthMax = Math.floor(recordBytesMax / 8 / 6)
  const cut = (text: string): string => (text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`)
  const { actor, action, target, outcome, details = {} } = entry
  const texts = { actor: cut(actor), action: cut(action), target: cut(target), outcome }
  let room = lengthMax * 3
  const kept: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(details)) {
    const shown = typeof value === 'string' ? cut(value) : value
    room -= name.length + String(shown).length + 8
    if (room < 0) break
    kept[name] = shown
  }
  return Object.keys(kept).length === 0 ? texts : { ...texts, details: kept }
}
