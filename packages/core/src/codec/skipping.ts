import { refuse } from './refusal.ts'
import type { Reader } from './reader.ts'

/**
 * Passes over a value of a later version, which nobody here has a schema for: well-formed, no deeper than the codec's
 * `depthMax`, each value in it counted as an item, and nothing of it kept.
 */
export function skipValue(reader: Reader, depthLeft: number = reader.limits.depthMax): void {
  reader.admit(1, 1)
  const start = reader.position
  const head = reader.byte()
  if (head === 0xc0 || head === 0xc2 || head === 0xc3) return
  reader.position = start
  if (head < 0x80 || head >= 0xe0 || (head >= 0xcc && head <= 0xd3)) reader.integer()
  else if ((head & 0xe0) === 0xa0 || (head >= 0xd9 && head <= 0xdb)) reader.skip(reader.textLength())
  else if (head >= 0xc4 && head <= 0xc6) reader.skip(reader.bytesLength())
  else if (head === 0xcb) reader.float()
  else if ((head & 0xf0) === 0x90 || head === 0xdc || head === 0xdd) skipValues(reader, reader.arrayCount(), depthLeft)
  else if ((head & 0xf0) === 0x80 || head === 0xde || head === 0xdf)
    skipValues(reader, 2 * reader.mapCount(), depthLeft)
  else refuse('malformed', `holds msgpack type 0x${head.toString(16)}, which is never sent`)
}

function skipValues(reader: Reader, count: number, depthLeft: number): void {
  if (depthLeft === 0) refuse('too-large', `nests deeper than ${reader.limits.depthMax} levels (depthMax)`)
  for (let left = count; left > 0; left--) skipValue(reader, depthLeft - 1)
}
