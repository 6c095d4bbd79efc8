import { frameHeadBytes, writeFrameHead, type Codec } from '@flotilla/core/codec'
import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { ByteStream } from '@flotilla/core/network'
import type { Clock } from '@flotilla/core/time'
import { controlBytesMax } from './codec.ts'
import { Watchdog } from './watchdog.ts'

/** Pieces of at least this length are written as they are; smaller ones are copied together. */
const ownWriteBytes = 32 * 2 ** 10
const gatheredBytesMax = 64 * 2 ** 10

export interface FrameStreamOptions<In, Out> {
  readonly stream: ByteStream
  readonly clock: Clock
  readonly incoming: Codec<In>
  readonly outgoing: Codec<Out>
}

/**
 * A stream of messages, each behind its length; a message may be followed by bytes of which it says how many they are.
 * Those are neither copied nor looked at on the way out, and on the way in they are copied once, to where they belong.
 * Nothing is waited for without an end: whoever keeps it waiting too long has his stream reset.
 */
export class FrameStream<In, Out> implements AsyncDisposable {
  readonly #stream: ByteStream
  readonly #incoming: Codec<In>
  readonly #outgoing: Codec<Out>
  readonly #reading: Watchdog
  readonly #writing: Watchdog
  #writesUnderWay = 0
  /** Why it was reset here, which says more than the error of the stream. */
  #reason: FlotillaError | undefined

  constructor(options: FrameStreamOptions<In, Out>) {
    const { stream, clock } = options
    this.#stream = stream
    this.#incoming = options.incoming
    this.#outgoing = options.outgoing
    const tooSlow = (what: string) => (): void =>
      this.reset(new FlotillaError('deadline-exceeded', `${stream.peer} ${what}`))
    this.#reading = new Watchdog(clock, tooSlow('did not go on sending chunks or answers in time'))
    this.#writing = new Watchdog(clock, tooSlow('did not go on reading what it is sent in time'))
  }

  get peer(): ByteStream['peer'] {
    return this.#stream.peer
  }

  /** The next message, or undefined at the end. No piece of it may take longer than `patienceMs`. */
  async next(patienceMs: number): Promise<In | undefined> {
    const head = new Uint8Array(frameHeadBytes)
    if (!(await this.#fill(head, patienceMs, true))) return undefined
    const length = new DataView(head.buffer).getUint32(0)
    if (length === 0 || length > controlBytesMax) {
      throw new ProtocolError(
        'too-large',
        `a message of ${length} bytes is announced; at most ${controlBytesMax} are taken`,
      )
    }
    const encoded = new Uint8Array(length)
    await this.#fill(encoded, patienceMs, false)
    return this.#incoming.decode(encoded)
  }

  /** The bytes that follow a message, as many as the target has room for. */
  async readInto(target: Uint8Array, patienceMs: number): Promise<void> {
    await this.#fill(target, patienceMs, false)
  }

  /** Resolves when there was room for all of it; no pause in between may be longer than `patienceMs`. */
  async send(message: Out, patienceMs: number, bytes: readonly Uint8Array[] = []): Promise<void> {
    const encoded = this.#outgoing.encode(message)
    const head = new Uint8Array(frameHeadBytes)
    writeFrameHead(head, 0, encoded.length)
    this.#writesUnderWay++
    this.#writing.watch(patienceMs)
    try {
      // All writes are begun at once, so that what others send meanwhile cannot come between them.
      const writes = gathered([head, encoded, ...bytes]).map(async (piece) => {
        await this.#stream.write(piece)
        this.#writing.watch(patienceMs)
      })
      await Promise.all(writes)
    } catch (error) {
      throw this.#reason ?? error
    } finally {
      if (--this.#writesUnderWay === 0) this.#writing.rest()
    }
  }

  /** No more from this side; resolves when the far side has read everything. */
  async end(patienceMs: number): Promise<void> {
    this.#writing.watch(patienceMs)
    try {
      await this.#stream.end()
    } catch (error) {
      throw this.#reason ?? error
    } finally {
      this.#writing.rest()
    }
  }

  reset(reason: FlotillaError): void {
    this.#reason ??= reason
    this.#stream.reset(reason.message)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#reading[Symbol.dispose]()
    this.#writing[Symbol.dispose]()
    await this.#stream[Symbol.asyncDispose]()
  }

  /** False where the stream ended before the first byte and that may be. */
  async #fill(target: Uint8Array, patienceMs: number, mayEnd: boolean): Promise<boolean> {
    if (target.length === 0) return true
    const onProgress = (): void => this.#reading.watch(patienceMs)
    onProgress()
    try {
      const filled = await this.#stream.readInto(target, { onProgress })
      if (filled === target.length) return true
      if (mayEnd && filled === 0) return false
    } catch (error) {
      throw this.#reason ?? error
    } finally {
      this.#reading.rest()
    }
    throw new ProtocolError('malformed', 'a stream of chunks ends in the midst of a message')
  }
}

/** The same bytes in pieces that are worth a write each. */
function gathered(pieces: readonly Uint8Array[]): Uint8Array[] {
  const writes: Uint8Array[] = []
  let small: Uint8Array[] = []
  let smallBytes = 0
  const flush = (): void => {
    if (smallBytes > 0) writes.push(joined(small, smallBytes))
    small = []
    smallBytes = 0
  }
  for (const piece of pieces) {
    if (piece.length >= ownWriteBytes) {
      flush()
      writes.push(piece)
      continue
    }
    if (smallBytes + piece.length > gatheredBytesMax) flush()
    small.push(piece)
    smallBytes += piece.length
  }
  flush()
  return writes
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let start = 0
  for (const piece of pieces) {
    all.set(piece, start)
    start += piece.length
  }
  return all
}
