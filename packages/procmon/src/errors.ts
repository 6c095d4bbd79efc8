import { FlotillaError } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'

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

/** Whatever was thrown, as a code and a sentence that is not too long for a list and safe for a terminal. */
export function explained(error: unknown): { readonly code: string; readonly message: string } {
  return { code: codeOf(error), message: safeText(sentenceOf(error).slice(0, sentenceLengthMax)) }
}

function codeOf(error: unknown): string {
  return error instanceof FlotillaError ? (error as FlotillaError).code : 'failed'
}

const sentenceLengthMax = 512

function sentenceOf(error: unknown): string {
  try {
    if (error instanceof FlotillaError) return error.sentence
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'something was thrown that cannot be shown'
  }
}
