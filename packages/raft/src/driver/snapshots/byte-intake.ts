import { ProtocolError } from '@flotilla/core/errors'
import type { ByteStream } from '@flotilla/core/network'
import { withTimeout, type Clock } from '@flotilla/core/time'

export interface IntakeOptions {
  readonly stream: ByteStream
  readonly clock: Clock
  /** How long one piece may take, unless told otherwise. */
  readonly stallMs: number
  readonly signal: AbortSignal
}

/** Reads a stream piece by piece, and gives up when the next one takes too long. */
export class ByteIntake {
  readonly #options: IntakeOptions
  readonly #pieces: AsyncIterator<Uint8Array, undefined>
  #rest: Uint8Array = new Uint8Array(0)

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#pieces = options.stream[Symbol.asyncIterator]()
  }

  /** The next bytes, whatever their number; undefined at the end. */
  async next(timeoutMs: number = this.#options.stallMs): Promise<Uint8Array | undefined> {
    if (this.#rest.length > 0) {
      const rest = this.#rest
      this.#rest = rest.subarray(rest.length)
      return rest
    }
    const { clock, signal, stream } = this.#options
    const what = `the next piece of a snapshot from or to ${stream.peer}`
    const { value } = await withTimeout({ clock, timeoutMs, what, signal }, (inner) =>
      aborting(this.#pieces.next(), inner),
    )
    return value
  }

  /** Exactly so many bytes. */
  async exactly(count: number, timeoutMs?: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count)
    let length = 0
    while (length < count) {
      const piece = await this.next(timeoutMs)
      if (piece === undefined) throw new ProtocolError('malformed', 'a stream with a snapshot ended early')
      const used = piece.subarray(0, count - length)
      taken.set(used, length)
      length += used.length
      this.#rest = piece.subarray(used.length)
    }
    return taken
  }
}

/** What `work` gives, or the signal's reason if that comes first. */
export function aborting<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
