import { ByteBuffer } from './byte-buffer.ts'

export interface LineSink {
  /** Without its end; the bytes are the receiver's only until it returns. */
  onLine(line: Uint8Array): void
  /** A line is longer than the limit: all of it up to the next newline is skipped, and this is said once. */
  onTooLong(): void
}

const newline = 0x0a
const carriageReturn = 0x0d
/** Never part of text: whatever came before it is dropped, as the QEMU guest agent does. */
const flush = 0xff

/** Cuts a stream of bytes at newlines, also CRLF; empty lines are not told. Holds one line at most. */
export class LineSplitter {
  readonly #lineBytesMax: number
  readonly #pending = new ByteBuffer()
  #isSkipping = false

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax
  }

  get pendingBytes(): number {
    return this.#pending.length
  }

  push(bytes: Uint8Array, sink: LineSink): void {
    let from = 0
    while (from < bytes.length) {
      const end = bytes.indexOf(newline, from)
      this.#take(bytes.subarray(from, end === -1 ? bytes.length : end), sink)
      if (end === -1) return
      this.#end(sink)
      from = end + 1
    }
  }

  /** Another side is there: what the old one began is dropped. */
  clear(): void {
    this.#pending.clear()
    this.#isSkipping = false
  }

  #take(piece: Uint8Array, sink: LineSink): void {
    const flushed = piece.lastIndexOf(flush)
    if (flushed !== -1) this.clear()
    const rest = piece.subarray(flushed + 1)
    if (this.#isSkipping) return
    if (this.#pending.length + rest.length > this.#lineBytesMax) {
      this.#pending.clear()
      this.#isSkipping = true
      return sink.onTooLong()
    }
    if (rest.length > 0) this.#pending.append(rest)
  }

  #end(sink: LineSink): void {
    const isSkipped = this.#isSkipping
    this.#isSkipping = false
    const line = this.#pending.view()
    const text = line.at(-1) === carriageReturn ? line.subarray(0, -1) : line
    try {
      if (!isSkipped && text.length > 0) sink.onLine(text)
    } finally {
      this.#pending.clear()
    }
  }
}
