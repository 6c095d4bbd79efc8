import type { BlobContent } from '../blobs.ts'
import type { BlobId, ByteRange } from '../types.ts'
import { blobError, codeOf } from './errors.ts'
import type { Hold } from './holds.ts'

export interface ContentParts {
  readonly id: BlobId
  readonly size: number
  readonly range: ByteRange
  readonly hold: Hold
  /** Begins to read. */
  readonly read: () => AsyncIterable<Uint8Array>
  /** Each step of the reading, so that closing the store waits for it. */
  readonly step: <Result>(act: () => Promise<Result>) => Promise<Result>
  readonly given: (bytes: number) => void
  /** Whether the blob is here still, as far as that can be told; it does not reject. */
  readonly isKnown: () => Promise<boolean>
}

/** The content of a blob, held until it has been read, or nobody has gone on reading for long. */
export class HeldContent implements BlobContent {
  readonly id: BlobId
  readonly size: number
  readonly range: ByteRange
  readonly #parts: ContentParts
  #isTaken = false

  constructor(parts: ContentParts) {
    this.id = parts.id
    this.size = parts.size
    this.range = parts.range
    this.#parts = parts
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    if (this.#isTaken) {
      throw blobError('wrong-request', 'the content of a blob may be iterated once', { hint: 'get it again' })
    }
    this.#isTaken = true
    return new HeldIterator(this.#parts)
  }
}

class HeldIterator implements AsyncIterator<Uint8Array> {
  readonly #parts: ContentParts
  readonly #pieces: AsyncIterator<Uint8Array>

  constructor(parts: ContentParts) {
    this.#parts = parts
    this.#pieces = parts.read()[Symbol.asyncIterator]()
  }

  async next(): Promise<IteratorResult<Uint8Array>> {
    const { hold, step, given } = this.#parts
    try {
      const piece = await step(() => hold.use(() => this.#pieces.next()))
      if (piece.done === true) hold[Symbol.dispose]()
      else given(piece.value.length)
      return piece
    } catch (error) {
      const told = await this.#explain(error)
      hold[Symbol.dispose]()
      await this.#pieces.return?.()
      throw told
    }
  }

  async return(): Promise<IteratorResult<Uint8Array>> {
    this.#parts.hold[Symbol.dispose]()
    await this.#pieces.return?.()
    return { done: true, value: undefined }
  }

  /** A chunk that is missing: of a blob that was deleted while nobody went on reading, or of one that is hurt. */
  async #explain(error: unknown): Promise<unknown> {
    if (codeOf(error) !== 'not-found') return error
    const { id, hold, isKnown } = this.#parts
    if (hold.isLost && !(await isKnown()))
      return blobError('not-found', `blob ${id} was deleted while it was being read`, { cause: error })
    return blobError('unavailable', `part of blob ${id} is not here`, { cause: error })
  }
}
