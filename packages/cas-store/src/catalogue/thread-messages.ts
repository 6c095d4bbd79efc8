import { FlotillaError } from '@flotilla/core/errors'
import type { CatalogueLimits } from './limits.ts'
import type { PackedCall } from './packed-calls.ts'

/** What the thread is started with. */
export interface ThreadStart {
  readonly path: string
  readonly limits: CatalogueLimits
}

/** To the thread: calls for one transaction. It closes when it is told `close`. */
export type ThreadOrder = { readonly type: 'run'; readonly calls: readonly PackedCall[] } | { readonly type: 'close' }

/** From the thread, one for each order, in their order; the first says whether it could open. */
export type ThreadAnswer =
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly error: SentError }
  | { readonly type: 'outcomes'; readonly outcomes: readonly SentOutcome[] }

type SentOutcome =
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'failed'; readonly error: SentError }

/** An error as plain data, since only such crosses from one thread to another. */
export interface SentError {
  /** Undefined: it is a bug of ours. */
  readonly code: string | undefined
  readonly message: string
  readonly hint: string | undefined
  /** What the cause said. */
  readonly cause: string | undefined
  readonly stack: string | undefined
}

export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) {
    return { code: undefined, message: String(error), hint: undefined, cause: undefined, stack: undefined }
  }
  const { message, stack } = error
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  const { code, hint }: Pick<SentError, 'code' | 'hint'> =
    error instanceof FlotillaError ? (error as FlotillaError) : { code: undefined, hint: undefined }
  return { code, message, hint, cause, stack }
}

export function receivedError({ code, message, hint, cause, stack }: SentError): Error {
  const options = { ...(hint === undefined ? {} : { hint }), ...(cause === undefined ? {} : { cause }) }
  const error = code === undefined ? new Error(message, options) : new FlotillaError(code, message, options)
  if (stack !== undefined) error.stack = stack
  return error
}
