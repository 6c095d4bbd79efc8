import type { ByteRange } from '../types.ts'
import { blobError } from './errors.ts'

/** The whole of it unless told; throws `wrong-request` for what leads beyond the end. */
export function checkRange(range: ByteRange | undefined, size: number): ByteRange {
  if (range === undefined) return { start: 0, length: size }
  const { start, length } = range
  const isWhole = Number.isSafeInteger(start) && Number.isSafeInteger(length) && start >= 0 && length >= 0
  if (isWhole && start + length <= size) return { start, length }
  throw blobError('wrong-request', `a range of ${length} bytes from ${start} is not within a blob of ${size} bytes`, {
    hint: `ask for at most ${size} bytes, from 0 on`,
  })
}
