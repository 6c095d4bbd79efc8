import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { FlotillaError } from '@flotilla/core/errors'
import { catalogueError } from '../catalogue-error.ts'

const headerBytes = 32
const frameHeaderBytes = 24
/** The lowest bit says that the checksums are made of big-endian words. */
const magic = 0x377f0682
const pageBytesMax = 65_536

/**
 * Whether SQLite's write-ahead log has lost something that was durable. SQLite itself takes it up to the first frame
 * that is not as it was written, and silently gives up the rest: that is right for a transaction that a crash has
 * interrupted, and wrong for a bit that has flipped.
 *
 * A transaction is written only when the one before is durable. So if two of them end at or behind the first bad frame,
 * the first of the two was durable, and it is damaged. This holds as long as no other remains with the same salt lie
 * there: every life begins with an empty log, and one whose sync has failed writes no more. What stays hidden is damage
 * to the very last transaction before a crash; it looks like one that was interrupted.
 *
 * To be called before the database is opened, by who has it locked.
 */
export function inspectWal(path: string): void {
  const file = opened(path)
  if (file === undefined) return
  try {
    const { size } = fstatSync(file)
    const header = read(file, 0, headerBytes)
    if (header.byteLength < headerBytes) return
    const log = logOf(header)
    if (log === undefined) {
      // One that was made a moment before a crash may have its length, and nothing else yet.
      if (isZero(header) && size <= headerBytes) return
      throw damaged(path, 0)
    }
    const bad = firstBad(file, log)
    if (endsFrom(file, log, bad) >= 2) throw damaged(path, bad)
  } finally {
    closeSync(file)
  }
}

interface Log {
  readonly isLittle: boolean
  readonly frameBytes: number
  readonly salts: readonly [number, number]
  /** Of the header; those of the frames go on from there. */
  readonly sums: Sums
}

type Sums = readonly [number, number]

function logOf(header: DataView): Log | undefined {
  const word = header.getUint32(0)
  if ((word & ~1) >>> 0 !== magic) return undefined
  const isLittle = (word & 1) === 0
  const pageBytes = header.getUint32(8)
  const sums = added([0, 0], header, 0, 24, isLittle)
  if (sums[0] !== header.getInt32(24) || sums[1] !== header.getInt32(28)) return undefined
  if (pageBytes < 512 || pageBytes > pageBytesMax) return undefined
  return { isLittle, frameBytes: frameHeaderBytes + pageBytes, salts: [header.getInt32(16), header.getInt32(20)], sums }
}

/** Where the first frame stands that is not as it was written; the end of the file where all are. */
function firstBad(file: number, log: Log): number {
  let { sums } = log
  for (let at = headerBytes; ; at += log.frameBytes) {
    const frame = read(file, at, log.frameBytes)
    if (frame.byteLength < log.frameBytes || !isOf(log, frame)) return at
    sums = added(sums, frame, 0, 8, log.isLittle)
    sums = added(sums, frame, frameHeaderBytes, log.frameBytes, log.isLittle)
    if (sums[0] !== frame.getInt32(16) || sums[1] !== frame.getInt32(20)) return at
  }
}

/** How many frames of this log, from there on, say that a transaction ends with them. */
function endsFrom(file: number, log: Log, start: number): number {
  let ends = 0
  for (let at = start; ; at += log.frameBytes) {
    const frame = read(file, at, frameHeaderBytes)
    if (frame.byteLength < frameHeaderBytes) return ends
    if (isOf(log, frame) && frame.getUint32(4) !== 0) ends++
  }
}

function isOf({ salts }: Log, frame: DataView): boolean {
  return frame.getInt32(8) === salts[0] && frame.getInt32(12) === salts[1]
}

/** The checksum of the log's format, over pairs of words. */
function added([first, second]: Sums, bytes: DataView, from: number, to: number, isLittle: boolean): Sums {
  let one = first
  let other = second
  for (let at = from; at < to; at += 8) {
    one = (one + bytes.getInt32(at, isLittle) + other) | 0
    other = (other + bytes.getInt32(at + 4, isLittle) + one) | 0
  }
  return [one, other]
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as { readonly code?: string }).code === 'ENOENT') return undefined
    throw catalogueError('io-failed', `${path} cannot be opened`, error)
  }
}

/** Fewer only at the end of the file. */
function read(file: number, position: number, length: number): DataView {
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < length) {
    const count = readSync(file, bytes, done, length - done, position + done)
    if (count === 0) break
    done += count
  }
  return new DataView(bytes.buffer, 0, done)
}

function isZero(bytes: DataView): boolean {
  for (let at = 0; at < bytes.byteLength; at++) if (bytes.getUint8(at) !== 0) return false
  return true
}

function damaged(path: string, position: number): FlotillaError {
  return catalogueError('corrupt', `${path} is damaged at byte ${position}, in what was durable`)
}
