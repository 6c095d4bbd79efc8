import { FlotillaError } from '@flotilla/core/errors'
import type { BlobErrorCode } from './blobs.ts'

/** What people can do about each of them, unless the place where it is thrown knows better. */
const hints: { readonly [Code in BlobErrorCode]: string } = {
  'not-found': 'list what there is, and check the spelling',
  'wrong-request': 'mend the call; nothing was done',
  'disk-full': 'free some space, or delete blobs and collect garbage, then try again',
  overloaded: 'let some of the work under way end, then try again',
  corrupt: 'run a check, which says what is hurt and mends what others have',
  unavailable: 'run a check, which says what is hurt, and try again when those who have the blob can be reached',
  'too-few-copies': 'ask for fewer copies, or bring up more nodes',
  'wrong-key': 'use the key with which this store was made',
  pinned: 'unpin it first',
  closed: 'open the store again',
}

export function blobError(
  code: BlobErrorCode,
  message: string,
  options: { readonly hint?: string; readonly cause?: unknown } = {},
): FlotillaError<BlobErrorCode> {
  const hint = options.hint ?? hints[code]
  return new FlotillaError(code, message, 'cause' in options ? { hint, cause: options.cause } : { hint })
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof FlotillaError ? String(error.code) : undefined
}
