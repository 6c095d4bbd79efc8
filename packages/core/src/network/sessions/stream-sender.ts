import type { NetworkErrorCode } from '../index.ts'
import type { FlotillaError } from '../../errors/index.ts'
import { failure, never } from './failure.ts'
import type { StreamBody } from './frame.ts'

interface PendingWrite {
  /** What of it has not been sent. */
  rest: Uint8Array
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/** The outgoing direction of a stream: sends no more than the reader gave credit for. */
export class StreamSender {
  readonly #send: (body: StreamBody) => void
  /** How many bytes the reader has room for. */
  #credit = 0
  /** In the order of the calls; all but the first are untouched. */
  #writes: PendingWrite[] = []
  #ending: PromiseWithResolvers<void> | undefined
  #endSent = false
  #done = false
  /** Why it stopped before its end; without an error it stopped with its process. */
  #stopped: { readonly error: FlotillaError<NetworkErrorCode> | undefined } | undefined

  constructor(send: (body: StreamBody) => void) {
    this.#send = send
  }

  /** Whether the far side has read everything, the end included. */
  get done(): boolean {
    return this.#done
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#stopped !== undefined) return stopped(this.#stopped.error)
    if (this.#ending !== undefined) {
      return Promise.reject(failure('closed', 'this stream was ended here; nothing can be written after that'))
    }
    return new Promise((resolve, reject) => {
      this.#writes.push({ rest: bytes, resolve, reject })
      this.#pump()
    })
  }

  end(): Promise<void> {
    if (this.#ending !== undefined) return this.#ending.promise
    if (this.#stopped !== undefined) return stopped(this.#stopped.error)
    this.#ending = Promise.withResolvers()
    this.#pump()
    return this.#ending.promise
  }

  credit(room: number): void {
    this.#credit += room
    this.#pump()
  }

  /** The far side has read everything. */
  finish(): void {
    this.#done = true
    this.#ending?.resolve()
  }

  stop(error: FlotillaError<NetworkErrorCode> | undefined): void {
    if (this.#done || this.#stopped !== undefined) return
    this.#stopped = { error }
    const writes = this.#writes
    this.#writes = []
    if (error === undefined) return
    for (const write of writes) write.reject(error)
    this.#ending?.reject(error)
  }

  #pump(): void {
    for (let first = this.#writes[0]; first !== undefined; first = this.#writes[0]) {
      const sent = first.rest.subarray(0, this.#credit)
      if (sent.byteLength > 0) this.#send({ kind: 'stream-data', payload: sent })
      this.#credit -= sent.byteLength
      first.rest = first.rest.subarray(sent.byteLength)
      if (first.rest.byteLength > 0) return
      this.#writes.shift()
      first.resolve()
    }
    if (this.#ending === undefined || this.#endSent) return
    this.#endSent = true
    this.#send({ kind: 'stream-end' })
  }
}

async function stopped(error: FlotillaError<NetworkErrorCode> | undefined): Promise<never> {
  if (error === undefined) return never()
  throw error
}
