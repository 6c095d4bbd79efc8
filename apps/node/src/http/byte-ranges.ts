/** What part of something a `Range` asks for (RFC 9110 §14). */
export type AskedRange =
  /** All of it: nothing was asked that is understood here, and then a server answers as if nothing had been. */
  | { readonly type: 'whole' }
  | { readonly type: 'part'; readonly start: number; readonly length: number }
  /** There is no such part. */
  | { readonly type: 'beyond' }

const form = /^bytes=(\d*)-(\d*)$/
const digitsMax = 15

/** Of several parts in one request none is given: the whole is allowed instead, and nobody needs them here. */
export function askedRange(header: string | undefined, size: number): AskedRange {
  const [, first, last] = form.exec(header?.replaceAll(' ', '') ?? '') ?? []
  if (first === undefined || last === undefined || first.length > digitsMax || last.length > digitsMax) {
    return { type: 'whole' }
  }
  if (first === '') return last === '' ? { type: 'whole' } : lastOf(Number(last), size)
  const [start, end] = [Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1)]
  if (last !== '' && Number(last) < start) return { type: 'whole' }
  return start >= size ? { type: 'beyond' } : { type: 'part', start, length: end - start + 1 }
}

function lastOf(length: number, size: number): AskedRange {
  if (length === 0 || size === 0) return { type: 'beyond' }
  const given = Math.min(length, size)
  return { type: 'part', start: size - given, length: given }
}
