import { FlotillaError } from '@flotilla/core/errors'
import type { BlobSource } from '../blobs.ts'
import type { Cutter } from './cutter.ts'
import type { HandOver } from './hand-over.ts'
import type { Interruption } from './interruption.ts'

/** Content that is read straight to where it is cut, such as a file: one copy less. */
export interface FillingSource {
  /** How much to expect, so that little content takes little memory. It may come to be more, or less. */
  readonly size?: number | undefined
  /** Writes the next bytes of the content to the front of `into`, as many as it likes; how many, and 0 at the end. */
  fill(into: Uint8Array): Promise<number>
}

export interface Cutting {
  readonly cutter: Cutter
  readonly handOver: HandOver
  readonly interruption: Interruption
}

/** One more than that of a `FillingSource`, so that there is room to be told that it has ended. */
export function expectedBytesOf(source: BlobSource | FillingSource): number | undefined {
  if (source instanceof Uint8Array) return source.length
  if (isStream(source) || source.size === undefined) return undefined
  return source.size + 1
}

/** Cuts all of it and hands over all that is complete; what is left stays in the cutter. */
export function cutSource(source: BlobSource | FillingSource, cutting: Cutting): Promise<void> {
  if (source instanceof Uint8Array) return cutPiece(source, cutting)
  return isStream(source) ? cutStream(source, cutting) : cutFilling(source, cutting)
}

async function cutPiece(piece: Uint8Array, { cutter, handOver }: Cutting): Promise<void> {
  let offset = 0
  while (offset < piece.length) {
    const batch = cutter.room === 0 ? cutter.next() : undefined
    if (batch !== undefined) await handOver.add(batch)
    const end = cutter.take(piece, offset)
    handOver.count(end - offset)
    offset = end
  }
}

async function cutFilling(source: FillingSource, { cutter, handOver, interruption }: Cutting): Promise<void> {
  for (;;) {
    const batch = cutter.room === 0 ? cutter.next() : undefined
    if (batch !== undefined) await handOver.add(batch)
    const spare = cutter.spare()
    const filled = await interruption.wait(source.fill(spare))
    if (!Number.isInteger(filled) || filled < 0 || filled > spare.length) {
      throw wrongSource(`a source says that it has written ${filled} bytes to where there is room for ${spare.length}`)
    }
    if (filled === 0) return
    cutter.taken(filled)
    handOver.count(filled)
  }
}

async function cutStream(source: AsyncIterable<Uint8Array>, cutting: Cutting): Promise<void> {
  const { cutter, handOver, interruption } = cutting
  const pieces = source[Symbol.asyncIterator]()
  let owesAnswer = false
  try {
    for (;;) {
      owesAnswer = true
      const answer = await interruption.wait(pieces.next())
      owesAnswer = false
      if (answer.done === true) return
      const piece = checkedPiece(answer.value)
      if (piece.length > cutter.room) await cutPiece(piece, cutting)
      else handOver.count(cutter.take(piece, 0))
    }
  } catch (error) {
    // One that failed has ended. One that owes an answer cleans up behind itself when it has given it.
    if (!owesAnswer) await Promise.resolve(pieces.return?.()).catch(ignore)
    else if (interruption.isStopped) Promise.resolve(pieces.return?.()).catch(ignore)
    throw error
  }
}

function checkedPiece(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece
  throw wrongSource(`a stream gave a ${typeof piece} where bytes were expected`)
}

/** Types do not reach everybody who calls. */
export function checkSource(source: unknown): void {
  if (source instanceof Uint8Array) return
  const isObject = typeof source === 'object' && source !== null
  if (isObject && Symbol.asyncIterator in source) return
  // Arrays of all kinds have a `fill` too, and do something else with it.
  if (isObject && 'fill' in source && !Array.isArray(source) && !ArrayBuffer.isView(source)) return
  throw wrongSource('what is to be written is neither bytes nor a stream of bytes')
}

function isStream(source: AsyncIterable<Uint8Array> | FillingSource): source is AsyncIterable<Uint8Array> {
  return Symbol.asyncIterator in source
}

function wrongSource(why: string): FlotillaError<'wrong-request'> {
  return new FlotillaError('wrong-request', why, { hint: 'give bytes as Uint8Array, without an encoding' })
}

function ignore(): void {}
