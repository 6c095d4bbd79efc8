import type { LogFields, Logger, LogLevel } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import { safeJson, safeText } from '@flotilla/core/text'

export interface StreamLoggerOptions {
  /** Takes one line, without its end. */
  readonly write: (line: string) => void
  readonly clock: Clock
  /** JSON lines with the names that pino uses, or lines for people. */
  readonly json: boolean
  /** The least important lines that are written, as it is now. */
  readonly least: () => LogLevel
}

const levels: Readonly<Record<LogLevel, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 }

/** Writes lines; in none of them can a logged text disturb the terminal. */
export function streamLogger(options: StreamLoggerOptions, bound: LogFields = {}): Logger {
  const log =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (levels[level] < levels[options.least()]) return
      const time = new Date(options.clock.wallNow()).toISOString()
      const all = plainFields({ ...bound, ...fields })
      const text = Object.keys(all).length === 0 ? '' : ` ${JSON.stringify(all)}`
      options.write(
        options.json
          ? safeJson({ level: levels[level], time, msg: message, ...all })
          : safeText(`${time} ${level} ${message}${text}`),
      )
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

/** Errors have no properties that JSON would show. */
function plainFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      value instanceof Error ? (value.stack ?? String(value)) : value,
    ]),
  )
}
