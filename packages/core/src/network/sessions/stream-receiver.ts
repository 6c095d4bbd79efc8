import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { NetworkErrorCode } from '../index.ts'
import { failure, never } from './failure.ts'
import type { StreamBody } from './frame.ts'
import { PieceQueue } from './piece-queue.ts'
import { unexpected } from './unexpected.ts'

type Piece = IteratorResult<Uint8Array, undefined>

const end: Piece = { done: true, value: undefined }

/** The incoming direction of a stream: holds at most a window of bytes that nobody has read yet. */
export class StreamReceiver {
  readonly #peer: NodeId
  readonly #windowBytes: number
  readonly #send: (body: StreamBody) => void
  readonly #pieces = new PieceQueue()
  /** 0 <= unread bytes + bytes read but not credited <= windowBytes */
  #uncredited = 0
  #read = 0
  #reader: PromiseWithResolvers<Piece> | undefined
  #endCame = false
  #done = false
  /** Why it stopped before its end; without an error it stopped with its process. */
  #stopped: { readonly error: FlotillaError<NetworkErrorCode> | undefined } | undefined

  constructor(peer: NodeId, windowBytes: number, send: (body: StreamBody) => void) {
    this.#peer = peer
    this.#windowBytes = windowBytes
    this.#send = send
  }

  /** Whether everything was read and no more will come. */
  get done(): boolean {
    return this.#done
  }

  data(bytes: Uint8Array): void {
    const length = bytes.byteLength
    if (this.#endCame) throw unexpected(this.#peer, 'goes on with a stream that it ended')
    if (length === 0) throw unexpected(this.#peer, 'sends data of a stream that are none')
    if (this.#uncredited + length > this.#windowBytes) {
      throw unexpected(this.#peer, 'sends more of a stream than there is room for')
    }
    this.#uncredited += length
    if (this.#reader === undefined) return this.#pieces.push(bytes)
    this.#give(this.#reader, bytes) // Who reads has emptied the queue.
  }

  end(): void {
    if (this.#endCame) throw unexpected(this.#peer, 'ends a stream twice')
    this.#endCame = true
    this.#finishWhenRead()
    this.#serveReader()
  }

  next(): Promise<Piece> {
    if (this.#stopped !== undefined && this.#stopped.error === undefined) return never()
    if (this.#reader !== undefined) return Promise.reject(failure('in-use', 'this stream is being read already'))
    this.#reader = Promise.withResolvers()
    const { promise } = this.#reader
    this.#serveReader()
    return promise
  }

  stop(error: FlotillaError<NetworkErrorCode> | undefined): void {
    if (this.#done || this.#stopped !== undefined) return
    this.#stopped = { error }
    this.#pieces.clear()
    this.#serveReader()
  }

  #serveReader(): void {
    const reader = this.#reader
    if (reader === undefined) return
    if (this.#stopped !== undefined) {
      if (this.#stopped.error === undefined) return
      this.#reader = undefined
      reader.reject(this.#stopped.error)
      return
    }
    const piece = this.#pieces.shift()
    if (piece !== undefined) return this.#give(reader, piece)
    if (!this.#done) return
    this.#reader = undefined
    reader.resolve(end)
  }

  #give(reader: PromiseWithResolvers<Piece>, piece: Uint8Array): void {
    this.#reader = undefined
    reader.resolve({ done: false, value: piece })
    this.#creditRead(piece.byteLength)
    this.#finishWhenRead()
  }

  /** Credit goes back half a window at a time: one frame for many small reads, and the writer never runs dry. */
  #creditRead(bytes: number): void {
    this.#read += bytes
    if (this.#endCame || this.#read * 2 < this.#windowBytes) return
    this.#send({ kind: 'stream-credit', room: this.#read })
    this.#uncredited -= this.#read
    this.#read = 0
  }

  #finishWhenRead(): void {
    if (this.#done || !this.#endCame || !this.#pieces.empty) return
    this.#done = true
    this.#send({ kind: 'stream-read' })
  }
}
