import type { Reader } from './reader.ts'
import { shownText } from './refusal.ts'

const shownBytesMax = 41

/** What stands at `position` where something else was wanted, for an error message. It takes the reader with it. */
export function glimpse(reader: Reader, position: number): string {
  reader.position = position
  const head = reader.byte()
  reader.position = position
  if (head === 0xc0) return 'nil'
  if (head === 0xc2 || head === 0xc3) return String(head === 0xc3)
  if ((head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd) return 'a list'
  if ((head & 0xf0) === 0x80 || head === 0xde || head === 0xdf) return 'a map'
  if ((head & 0xe0) === 0xa0 || (head >= 0xd9 && head <= 0xdb)) return glimpseText(reader)
  if (head >= 0xc4 && head <= 0xc6) return `${reader.bytesLength()} bytes`
  if (head === 0xcb) return `the float ${reader.float()}`
  const isInteger = head < 0x80 || head >= 0xe0 || (head >= 0xcc && head <= 0xd3)
  return isInteger ? String(reader.integer()) : `msgpack type 0x${head.toString(16)}`
}

/** Each byte as a character of its own: what is shown need not be UTF-8. */
function glimpseText(reader: Reader): string {
  const length = reader.textLength()
  const start = reader.position
  reader.skip(length)
  return shownText(String.fromCharCode(...reader.bytes.subarray(start, start + Math.min(length, shownBytesMax))))
}
