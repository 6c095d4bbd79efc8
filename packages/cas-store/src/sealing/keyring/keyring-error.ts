import { FlotillaError, type FlotillaErrorOptions } from '@flotilla/core/errors'
import type { BlobErrorCode } from '../../blobs.ts'

export function keyringError(
  code: BlobErrorCode,
  message: string,
  options: FlotillaErrorOptions & { readonly hint: string },
): FlotillaError<BlobErrorCode> {
  return new FlotillaError(code, message, options)
}
