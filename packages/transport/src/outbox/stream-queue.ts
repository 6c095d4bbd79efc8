import { copyBytes } from '@flotilla/core/memory'
import type { Left } from '@flotilla/core/network/sessions'
import { frameBytesMax, frameHeadBytes, wireKind } from '../frames/wire.ts'
import { putU24, putU48 } from '../frames/numbers.ts'
import { pooledBytes, type BytePool } from './byte-pool.ts'
import { LeftTally } from './left-tally.ts'
import type { Take } from './message-queue.ts'

interface Run {
  readonly bytes: Uint8Array
  /** From `start` to `end` waits: full frames, and one at the end that may grow while nothing of it has left. */
  start: number
  end: number
  readonly tally: LeftTally
}

const numberBytes = 6
const pieceHeadBytes: number = frameHeadBytes + numberBytes
/** The most data in one frame. */
const pieceBytesMax: number = frameBytesMax - pieceHeadBytes
/** What a small write gets, so that many tiny ones share it; doubles with each run up to the most. */
const runBytesMin = 4_096

/** Data of one stream that waits, in the form in which it goes on the wire; tiny writes are put together. */
export class StreamQueue {
  readonly #number: number
  readonly #pool: BytePool
  readonly #runs: Run[] = []
  #queuedBytes = 0
  #nextRunBytes = runBytesMin

  constructor(number: number, pool: BytePool) {
    this.#number = number
    this.#pool = pool
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  data(bytes: Uint8Array, left?: Left): void {
    let rest = bytes
    const last = this.#runs.at(-1)
    if (last !== undefined) rest = rest.subarray(this.#fill(last, rest))
    if (rest.byteLength > 0) {
      const run = this.#newRun(rest.byteLength)
      this.#runs.push(run)
      this.#fill(run, rest)
    }
    this.#runs.at(-1)?.tally.add(left, bytes.byteLength)
  }

  end(left?: Left): void {
    const bytes = new Uint8Array(pieceHeadBytes)
    this.#head(bytes, 0, wireKind['stream-end'], 0)
    const run = { bytes, start: 0, end: bytes.byteLength, tally: new LeftTally() }
    run.tally.add(left, 0)
    this.#runs.push(run)
    this.#queuedBytes += bytes.byteLength
  }

  /** Hands over so many full frames, or all that waits if that is less. */
  take(frames: number, take: Take): number {
    const budgetBytes = frames * frameBytesMax
    let taken = 0
    for (let first = this.#runs[0]; first !== undefined && taken < budgetBytes; first = this.#runs[0]) {
      const room = Math.max(1, Math.floor((budgetBytes - taken) / frameBytesMax))
      const length = Math.min(first.end - first.start, room * frameBytesMax)
      const bytes = first.bytes.subarray(first.start, first.start + length)
      first.start += length
      taken += length
      this.#queuedBytes -= length
      const isEmpty = first.start === first.end
      if (isEmpty) this.#runs.shift()
      if (isEmpty) this.#pool.hand(first.bytes)
      take(bytes, isEmpty ? first.tally : undefined)
    }
    return taken
  }

  /** What waits is not to be sent any more. Returns whom to tell. */
  drop(): readonly LeftTally[] {
    this.#queuedBytes = 0
    return this.#runs.splice(0).map(({ tally }) => tally)
  }

  /** Adds as much as the run has room for, first to its last frame. Returns how much that was. */
  #fill(run: Run, data: Uint8Array): number {
    let done = 0
    while (done < data.byteLength) {
      const inFrame = (run.end - run.start) % frameBytesMax
      const headBytes = inFrame === 0 ? pieceHeadBytes : 0
      const room = Math.min(run.bytes.byteLength - run.end, frameBytesMax - inFrame) - headBytes
      if (room <= 0) break
      const piece = data.subarray(done, done + room)
      copyBytes(piece, run.bytes, run.end + headBytes)
      this.#head(run.bytes, run.end - inFrame, wireKind['stream-data'], inFrame + headBytes + piece.byteLength)
      run.end += headBytes + piece.byteLength
      this.#queuedBytes += headBytes + piece.byteLength
      done += piece.byteLength
    }
    return done
  }

  #newRun(dataBytes: number): Run {
    const length = dataBytes + Math.ceil(dataBytes / pieceBytesMax) * pieceHeadBytes
    const bytes = this.#pool.take(Math.max(length, this.#nextRunBytes))
    this.#nextRunBytes = Math.min(2 * bytes.byteLength, pooledBytes)
    return { bytes, start: 0, end: 0, tally: new LeftTally() }
  }

  #head(bytes: Uint8Array, at: number, kind: number, frameBytes: number): void {
    bytes[at] = kind
    putU24(bytes, at + 1, Math.max(frameBytes, pieceHeadBytes) - frameHeadBytes)
    putU48(bytes, at + frameHeadBytes, this.#number)
  }
}
