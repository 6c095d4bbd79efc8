import { ByteBuffer } from './byte-buffer.ts'
import { JsonNesting, type Punctuation, type TokenOutcome } from './json-nesting.ts'
import { readString } from './json-strings.ts'
import type { ExactJson } from './json-value.ts'
import { readWord } from './json-words.ts'
import type { JsonLimits } from './limits.ts'

export interface JsonSink {
  /** `bytes`: how many it came in, about. */
  onValue(value: ExactJson, bytes: number): void
  /** What came is no JSON; once for each line at most. */
  onTrouble(what: string): void
}

const newline = 0x0a
const flush = 0xff
const doubleQuote = 0x22
const singleQuote = 0x27
const backslash = 0x5c
const wordBytesMax = 256

/**
 * Reads one value after the other out of bytes that are split anywhere, as QEMU's own reader does: a newline between
 * them may be there or not, strings may have single quotes, and 0xFF drops what was begun.
 *
 * It differs from the original where something is wrong. That one waits until all brackets are closed, for ever where
 * a line was cut off. This one says what is wrong at the first byte that cannot stand where it stands, and begins anew
 * at the next newline. A message that was cut off without being wrong ends where a line begins with a `{` that cannot
 * belong to it, or that turns out to be a command.
 *
 * It holds one message, within the limits.
 */
export class JsonStream {
  readonly #limits: JsonLimits
  readonly #nesting: JsonNesting
  readonly #token = new ByteBuffer()
  #state: 'between' | 'word' | 'string' | 'skipping' = 'between'
  #quote = doubleQuote
  #isEscaped = false
  /** Of the message under way. */
  #bytes = 0
  /** A value that is to be told. */
  #whole: { readonly value: ExactJson } | undefined
  /** Since the last value. */
  #read = 0
  #isAtLineStart = true
  /** That something wrong was told of this line already. */
  #isLineBlamed = false

  constructor(limits: JsonLimits) {
    this.#limits = limits
    this.#nesting = new JsonNesting(limits)
  }

  /** That it is not within a message. */
  get isEmpty(): boolean {
    return this.#nesting.depth === 0 && this.#state === 'between'
  }

  /** Another side is there: what the old one began is dropped. */
  clear(): void {
    this.#begin()
    this.#endLine()
    this.#read = 0
  }

  push(bytes: Uint8Array, sink: JsonSink): void {
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'skipping') {
        at = this.#skip(bytes, at)
        continue
      }
      const from = at
      at = this.#state === 'string' ? this.#string(bytes, at, sink) : this.#step(bytes, at, sink)
      this.#bytes = this.isEmpty ? 0 : this.#bytes + at - from
      this.#read += at - from
      this.#tell(sink)
      if (this.#bytes > this.#limits.messageBytesMax) {
        this.#fail(`it is longer than ${this.#limits.messageBytesMax} bytes`, sink)
      }
    }
  }

  #tell(sink: JsonSink): void {
    const whole = this.#whole
    if (whole === undefined) return
    const bytes = this.#read
    this.#whole = undefined
    this.#read = 0
    this.#bytes = 0
    sink.onValue(whole.value, bytes)
  }

  /** By what searches natively: the agent runs without an optimising compiler, and garbage may be long. */
  #skip(bytes: Uint8Array, from: number): number {
    const lineEnd = bytes.indexOf(newline, from)
    const line = bytes.subarray(from, lineEnd === -1 ? bytes.length : lineEnd)
    const flushed = line.indexOf(flush)
    if (flushed === -1 && lineEnd === -1) return bytes.length
    this.#begin()
    this.#endLine()
    return (flushed === -1 ? lineEnd : from + flushed) + 1
  }

  /** One byte that is not within a string; the place of the next one. */
  #step(bytes: Uint8Array, at: number, sink: JsonSink): number {
    const byte = bytes[at] ?? newline
    if (this.#state === 'word') {
      if (isWord(byte)) return this.#growWord(bytes, at, sink)
      this.#endWord(sink)
      return at
    }
    if (byte === newline) this.#endLine()
    else if (byte === flush) this.#flush(sink)
    else if (!isSpace(byte)) this.#begins(byte, sink)
    return at + 1
  }

  #begins(byte: number, sink: JsonSink): void {
    const beginsLine = this.#isAtLineStart
    this.#isAtLineStart = false
    if (byte === doubleQuote || byte === singleQuote) {
      this.#state = 'string'
      this.#quote = byte
      return
    }
    const mark = markOf(byte)
    if (mark !== undefined) return this.#mark(mark, beginsLine, sink)
    if (!isWord(byte)) return this.#wrong(`stray '${shown(byte)}'`, sink)
    this.#state = 'word'
    this.#token.append(Uint8Array.of(byte))
  }

  #mark(mark: Punctuation, beginsLine: boolean, sink: JsonSink): void {
    const isInside = this.#nesting.depth > 0
    const outcome = this.#nesting.mark(mark, beginsLine)
    if (outcome.type === 'wrong' && isInside && mark === '{' && beginsLine) {
      // What came before was cut off, and here is the next message.
      this.#blame('a message begins within one that is not finished', sink)
      this.#bytes = 0
      this.#nesting.mark(mark, beginsLine)
      return
    }
    this.#take(outcome, isInside, sink)
  }

  #growWord(bytes: Uint8Array, from: number, sink: JsonSink): number {
    let at = from
    while (at < bytes.length && isWord(bytes[at] ?? newline)) at++
    if (this.#token.length + at - from > wordBytesMax) this.#wrong('a word without quotes is too long', sink)
    else this.#token.append(bytes.subarray(from, at))
    return at
  }

  #endWord(sink: JsonSink): void {
    const word = new TextDecoder().decode(this.#token.view())
    this.#token.clear()
    this.#state = 'between'
    const value = readWord(word)
    if (value === undefined) return this.#wrong(`invalid keyword '${word}'`, sink)
    this.#scalar(value, sink)
  }

  #scalar(value: ExactJson, sink: JsonSink): void {
    const isInside = this.#nesting.depth > 0
    this.#take(this.#nesting.scalar(value), isInside, sink)
  }

  #string(bytes: Uint8Array, from: number, sink: JsonSink): number {
    for (let at = from; at < bytes.length; at++) {
      const byte = bytes[at] ?? newline
      if (byte < 0x20 || byte === flush) {
        this.#token.clear()
        this.#state = 'between'
        if (byte === flush) this.#flush(sink)
        else this.#stringBroken(byte, sink)
        return at + 1
      }
      if (this.#isEscaped) this.#isEscaped = false
      else if (byte === backslash) this.#isEscaped = true
      else if (byte === this.#quote) {
        this.#token.append(bytes.subarray(from, at))
        this.#endString(sink)
        return at + 1
      }
    }
    this.#token.append(bytes.subarray(from))
    return bytes.length
  }

  #endString(sink: JsonSink): void {
    const string = readString(this.#token.view())
    this.#token.clear()
    this.#state = 'between'
    if ('wrong' in string) return this.#wrong(string.wrong, sink)
    this.#scalar(string.text, sink)
  }

  /** A newline, or another control character, within a string. */
  #stringBroken(byte: number, sink: JsonSink): void {
    this.#fail('a string is not closed on its line', sink)
    if (byte !== newline) return
    this.#begin()
    this.#endLine()
  }

  #take(outcome: TokenOutcome, wasInside: boolean, sink: JsonSink): void {
    switch (outcome.type) {
      case 'more':
        return
      case 'whole':
        this.#whole = outcome
        return
      case 'restarted':
        this.#blame('a message begins within one that is not finished', sink)
        this.#whole = outcome
        return
      case 'wrong':
        return wasInside ? this.#fail(outcome.what, sink) : this.#blame(outcome.what, sink)
    }
  }

  /** Outside of a message there is nothing to skip: what follows on the line may be one. */
  #wrong(what: string, sink: JsonSink): void {
    if (this.#nesting.depth > 0) return this.#fail(what, sink)
    this.#begin()
    this.#blame(what, sink)
  }

  #fail(what: string, sink: JsonSink): void {
    this.#begin()
    this.#state = 'skipping'
    this.#blame(what, sink)
  }

  #flush(sink: JsonSink): void {
    this.#begin()
    this.#endLine()
    sink.onTrouble("stray '\uFFFD'")
  }

  #blame(what: string, sink: JsonSink): void {
    if (this.#isLineBlamed) return
    this.#isLineBlamed = true
    sink.onTrouble(what)
  }

  #begin(): void {
    this.#nesting.clear()
    this.#token.clear()
    this.#state = 'between'
    this.#isEscaped = false
    this.#bytes = 0
  }

  #endLine(): void {
    this.#isAtLineStart = true
    this.#isLineBlamed = false
  }
}

function markOf(byte: number): Punctuation | undefined {
  switch (byte) {
    case 0x7b:
      return '{'
    case 0x7d:
      return '}'
    case 0x5b:
      return '['
    case 0x5d:
      return ']'
    case 0x3a:
      return ':'
    case 0x2c:
      return ','
    default:
      return undefined
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d
}

/** Letters, digits, and what numbers have besides. */
function isWord(byte: number): boolean {
  if (byte >= 0x61 && byte <= 0x7a) return true
  if (byte >= 0x30 && byte <= 0x39) return true
  return (byte >= 0x41 && byte <= 0x5a) || byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x5f
}

function shown(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '\uFFFD'
}
