import { FlotillaError } from '@flotilla/core/errors'
import type { LogFields, Logger, LogLevel } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { safeJson, safeText } from '@flotilla/core/text'

export interface StreamLoggerOptions {
  /** Takes one line, without its end. */
  readonly write: (line: string) => void
  readonly clock: Clock
  /** JSON lines as pino writes them, or lines for people. */
  readonly json: boolean
  /** The least important lines that are written, as it is now. */
  readonly least: () => LogLevel
  /** Who writes: pino's names for them. */
  readonly origin: { readonly pid: number; readonly hostname: string }
  /** What every line says that is written now, such as for which request. */
  readonly present: () => LogFields
}

const levels: Readonly<Record<LogLevel, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 }

/**
 * Writes lines; in none of them can a logged text disturb the terminal. Those in JSON have the form of pino's, so that
 * its tools read them: `level` as a number, `time` in milliseconds, `pid`, `hostname`, `msg`, and `err` as an object.
 */
export function streamLogger(options: StreamLoggerOptions, bound: LogFields = {}): Logger {
  const log =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (levels[level] < levels[options.least()]) return
      const all = { ...bound, ...options.present(), ...fields }
      options.write(options.json ? jsonLine(options, level, all, message) : textLine(options, level, all, message))
    }
  return {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => streamLogger(options, { ...bound, ...fields }),
    isLevelEnabled: (level) => levels[level] >= levels[options.least()],
  }
}

/** What is logged cannot pretend to be another level, moment or process. */
function jsonLine({ clock, origin }: StreamLoggerOptions, level: LogLevel, fields: LogFields, msg: string): string {
  const { level: _level, time: _time, pid: _pid, hostname: _hostname, msg: _msg, ...own } = fields
  const head = { level: levels[level], time: clock.wallNow(), pid: origin.pid, hostname: origin.hostname }
  return safeJson({ ...head, ...mapped(own, (error) => errorObject(error)), msg })
}

function textLine({ clock }: StreamLoggerOptions, level: LogLevel, fields: LogFields, message: string): string {
  const time = new Date(clock.wallNow()).toISOString()
  const text = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(mapped(fields, errorText))}`
  return safeText(`${time} ${level} ${message}${text}`)
}

/** Errors have no properties that JSON would show. */
function mapped(fields: LogFields, shown: (error: Error) => unknown): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? shown(value) : value]),
  )
}

/** How deep the causes of an error are told. */
const causesMax = 5

function errorObject(error: Error, depth: number = 0): object {
  const { name, message, stack, cause } = error
  const { code } = error as { readonly code?: string | number }
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code: String(code) }),
    ...(error instanceof FlotillaError && error.hint !== undefined ? { hint: error.hint } : {}),
    stack: stack ?? String(error),
    ...(cause instanceof Error && depth < causesMax ? { cause: errorObject(cause, depth + 1) } : {}),
  }
}

function errorText(error: Error): string {
  return error.stack ?? String(error)
}
