/** How much a message matters, least first. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error'

/** What a message is about: plain data, and an `Error` under the name `err`, which is where pino looks for one. */
export type LogFields = Readonly<Record<string, unknown>>

/**
 * A structured logger. A message is a constant text, so that it can be counted and searched for; what varies goes into
 * the fields. A call at a level that is off does next to nothing; where the fields themselves are dear to make, ask
 * `isLevelEnabled` first. Logging never throws and never waits.
 *
 * A pino logger has this shape.
 */
export interface Logger {
  trace(fields: LogFields, message: string): void
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  /** A logger that puts these fields beside those of every message. */
  child(fields: LogFields): Logger
  isLevelEnabled(level: LogLevel): boolean
}

/** Says nothing. */
export const silentLogger: Logger = Object.freeze({
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
  isLevelEnabled: () => false,
})
