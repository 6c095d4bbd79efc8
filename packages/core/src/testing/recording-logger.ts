import { BoundedQueue } from '../machines/index.ts'
import type { LogFields, Logger, LogLevel } from '../observe/index.ts'

export interface LogEntry {
  readonly level: LogLevel
  readonly message: string
  /** Those of the call over those of the child loggers. */
  readonly fields: LogFields
}

const levels: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error']

/** The newest entries that are kept. */
const entriesMax = 10_000

/** A logger that remembers, for tests. Children write to the same entries. */
export class RecordingLogger implements Logger {
  readonly #least: LogLevel
  readonly #bound: LogFields
  readonly #entries: BoundedQueue<LogEntry>

  constructor(settings: { readonly level?: LogLevel } = {}, parent?: RecordingLogger, bound: LogFields = {}) {
    this.#least = settings.level ?? 'trace'
    this.#bound = bound
    this.#entries =
      parent === undefined ? new BoundedQueue({ capacity: entriesMax, whenFull: 'drop-oldest' }) : parent.#entries
  }

  get entries(): readonly LogEntry[] {
    return [...this.#entries]
  }

  trace(fields: LogFields, message: string): void {
    this.#write('trace', fields, message)
  }

  debug(fields: LogFields, message: string): void {
    this.#write('debug', fields, message)
  }

  info(fields: LogFields, message: string): void {
    this.#write('info', fields, message)
  }

  warn(fields: LogFields, message: string): void {
    this.#write('warn', fields, message)
  }

  error(fields: LogFields, message: string): void {
    this.#write('error', fields, message)
  }

  child(fields: LogFields): RecordingLogger {
    return new RecordingLogger({ level: this.#least }, this, { ...this.#bound, ...fields })
  }

  isLevelEnabled(level: LogLevel): boolean {
    return levels.indexOf(level) >= levels.indexOf(this.#least)
  }

  #write(level: LogLevel, fields: LogFields, message: string): void {
    if (this.isLevelEnabled(level)) this.#entries.push({ level, message, fields: { ...this.#bound, ...fields } })
  }
}
