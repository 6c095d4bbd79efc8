import { FlotillaError } from '@flotilla/core/errors'

export type MonitorErrorCode =
  /** The monitor was closed. */
  | 'closed'
  /** A limit is reached; the message says which. */
  | 'overloaded'
  /** A query that asks for what there is not. */
  | 'wrong-query'
  /** An alert rule that makes no sense. */
  | 'wrong-rule'
  /** A file that exports no collector. */
  | 'wrong-collector'
  | 'wrong-setting'
  /** That process has ended. */
  | 'not-found'
  | 'not-permitted'
  | 'deadline-exceeded'

export function monitorClosed(): FlotillaError<MonitorErrorCode> {
  return new FlotillaError('closed', 'this monitor was closed', { hint: 'make another one' })
}

/** Whatever was thrown, as a code and a sentence. */
export function explained(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof FlotillaError) return { code: error.code, message: error.sentence }
  return { code: 'failed', message: error instanceof Error ? error.message : String(error) }
}
