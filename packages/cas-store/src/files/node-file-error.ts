import type { FlotillaError } from '@flotilla/core/errors'
import type { BlobErrorCode } from '../blobs.ts'
import { blobError } from '../store/errors.ts'

/** What went wrong with a file that is not the store's. */
export function fileError(path: string, what: 'read' | 'written', cause: unknown): FlotillaError<BlobErrorCode> {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  const why = cause instanceof Error ? cause.message : String(cause)
  const isFull = what === 'written' && (code === 'ENOSPC' || code === 'EDQUOT')
  return blobError(isFull ? 'disk-full' : 'wrong-request', `${path} could not be ${what}: ${why}`, {
    hint: isFull ? 'free some space where it is to be written' : 'check the path, and who may read and write there',
    cause,
  })
}
