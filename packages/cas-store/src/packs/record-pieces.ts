import { encodeRecordHead, recordBytes, recordHeadBytes, type PackRecord } from './pack-format.ts'

/**
 * What is shorter is copied beside its head, so that thousands of small chunks are not thousands of pieces to write.
 */
const copiedBytesMax = 32 * 2 ** 10

/** What has to be written, one piece behind the other; as few as can be without copying much. */
export function piecesOf(records: readonly PackRecord[]): readonly Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let first = 0; first < records.length;) {
    const whole = records[first]?.record
    if (whole === undefined) {
      first = addWithHeads(records, first, pieces)
    } else {
      addWhole(whole, pieces)
      first++
    }
  }
  return pieces
}

/** Those that lie one right behind the other are one piece. */
function addWhole(record: Uint8Array, pieces: Uint8Array[]): void {
  const before = pieces.at(-1)
  if (before?.buffer !== record.buffer || before.byteOffset + before.length !== record.byteOffset) pieces.push(record)
  else pieces[pieces.length - 1] = new Uint8Array(before.buffer, before.byteOffset, before.length + record.length)
}

/** Small ones up to the next large one, copied behind their heads; returns the index of the first that is left. */
function addWithHeads(records: readonly PackRecord[], first: number, pieces: Uint8Array[]): number {
  let bytes = 0
  let last = first
  let large: PackRecord | undefined
  while (large === undefined && last < records.length) {
    const record = records[last]
    if (record === undefined || record.record !== undefined) break
    bytes += recordHeadBytes
    if (record.sealed.length > copiedBytesMax) large = record
    else bytes += record.sealed.length
    last++
  }
  const joined = new Uint8Array(bytes)
  let at = 0
  for (const record of records.slice(first, last)) {
    encodeRecordHead(record, joined, at)
    // A large one ends the piece with its head, and follows as it is.
    if (record !== large) joined.set(record.sealed, at + recordHeadBytes)
    at += recordBytes(record.sealed.length)
  }
  pieces.push(joined)
  if (large !== undefined) pieces.push(large.sealed)
  return last
}
