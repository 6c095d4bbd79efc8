import type { LogFields, Logger, LogLevel } from '@flotilla/core/observe'
import { safeJson, safeText } from '@flotilla/core/text'
import type { LogLevelName } from './settings/settings.ts'

export interface AgentLoggerOptions {
  /** Takes one line, without its end. */
  readonly write: (line: string) => void
  readonly wallNow: () => number
  /** Asked for each message, as it may change while we run. */
  readonly settings: () => { readonly 'log-level': LogLevelName; readonly 'log-json': boolean }
  /** The journal adds the time by itself, and takes the level from a number in front. */
  readonly isJournal: boolean
}

const ranks: Readonly<Record<LogLevel, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 }
/** Of syslog; see sd-daemon(3). */
const priorities: Readonly<Record<LogLevel, number>> = { trace: 7, debug: 7, info: 6, warn: 4, error: 3 }

/** Lines for people, or JSON with the names that pino uses; in none can a logged text disturb a terminal. */
export function agentLogger(options: AgentLoggerOptions, bound: LogFields = {}): Logger {
  const isLevelEnabled = (level: LogLevel): boolean => ranks[level] >= ranks[options.settings()['log-level']]
  const log =
    (level: LogLevel) =>
    (fields: LogFields, message: string): void => {
      if (isLevelEnabled(level)) options.write(lineOf(options, level, { ...bound, ...fields }, message))
    }
  return {
    trace: log('trace'),
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => agentLogger(options, { ...bound, ...fields }),
    isLevelEnabled,
  }
}

function lineOf(options: AgentLoggerOptions, level: LogLevel, fields: LogFields, message: string): string {
  const plain = plainFields(fields)
  const time = new Date(options.wallNow()).toISOString()
  const front = options.isJournal ? `<${priorities[level]}>` : ''
  if (options.settings()['log-json']) return front + safeJson({ level: ranks[level], time, msg: message, ...plain })
  const text = Object.keys(plain).length === 0 ? '' : ` ${JSON.stringify(plain)}`
  return front + safeText(`${options.isJournal ? '' : `${time} `}${level} ${message}${text}`)
}

/** Errors have no properties that JSON would show; of those with a code the sentence says all. */
function plainFields(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (!(value instanceof Error)) return [name, value]
      if ('code' in value) return [name, `${String(value.code)}: ${sentenceOf(value)}`]
      return [name, value.stack ?? String(value)]
    }),
  )
}

function sentenceOf(error: Error): string {
  return 'sentence' in error ? String(error.sentence) : error.message
}
