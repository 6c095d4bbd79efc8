import { assert } from '../errors/index.ts'

/** The longest text whose head is one byte. */
const wireNameBytesMax = 31

/** A name or literal as it stands in messages: compared byte by byte, never made into a string again. */
export function wireName(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  assert(text.isWellFormed() && bytes.length <= wireNameBytesMax, `"${text}" has at most ${wireNameBytesMax} bytes`)
  return Uint8Array.of(0xa0 | bytes.length, ...bytes)
}
