import type { BlobId } from '../types.ts'
import { blobError } from './errors.ts'
import { isBlobId, quoted } from './names.ts'

/** Throws `wrong-request` for a limit that cannot be. */
export function checkLimit(
  limit: number | undefined,
  { listLimit, listLimitMax }: { readonly listLimit: number; readonly listLimitMax: number },
): number {
  if (limit === undefined) return listLimit
  if (Number.isInteger(limit) && limit >= 1 && limit <= listLimitMax) return limit
  throw blobError('wrong-request', `${quoted(limit)} is no limit for a list`, {
    hint: `ask for 1 to ${listLimitMax}, and for the rest with \`after\``,
  })
}

/** Throws `wrong-request` for what is no id. */
export function checkId(text: string): BlobId {
  if (isBlobId(text)) return text
  throw blobError('wrong-request', `${quoted(text)} is no id of a blob`, { hint: 'an id has 64 hexadecimal digits' })
}
