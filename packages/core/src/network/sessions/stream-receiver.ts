import { copyBytes } from '../../memory/index.ts'
import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { NetworkErrorCode } from '../index.ts'
import { failure, never } from './failure.ts'
import type { StreamBody } from './frame.ts'
import { PieceQueue } from './piece-queue.ts'
import { SpentPieces } from './spent-pieces.ts'
import { unexpected } from './unexpected.ts'

type Piece = IteratorResult<Uint8Array, undefined>

const end: Piece = { done: true, value: undefined }

/** A reader that has said where the bytes belong. */
interface Filling {
  readonly target: Uint8Array
  /** 0 <= filled < target.byteLength while it waits. */
  filled: number
  readonly onProgress: (() => void) | undefined
  readonly outcome: PromiseWithResolvers<number>
}

/** The incoming direction of a stream: holds at most a window of bytes that nobody has read yet. */
export class StreamReceiver {
  readonly #peer: NodeId
  readonly #windowBytes: number
  readonly #send: (body: StreamBody) => void
  readonly #pieces = new PieceQueue()
  /** 0 <= unread bytes + bytes read but not credited <= windowBytes */
  #uncredited = 0
  #read = 0
  /** At most one of the two is there, and nothing waits in the queue then. */
  #reader: PromiseWithResolvers<Piece> | undefined
  #filling: Filling | undefined
  readonly #spent = new SpentPieces()
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
    if (this.#filling !== undefined) return this.#fill(this.#filling, bytes)
    if (this.#reader === undefined) return this.#pieces.push(bytes)
    this.#give(this.#reader, bytes) // Who reads has emptied the queue.
  }

  end(): void {
    if (this.#endCame) throw unexpected(this.#peer, 'ends a stream twice')
    this.#endCame = true
    this.#finishWhenRead()
    this.#serveReader()
    this.#serveFilling()
  }

  next(): Promise<Piece> {
    if (this.#stopped !== undefined && this.#stopped.error === undefined) return never()
    if (this.#isBeingRead) return Promise.reject(failure('in-use', 'this stream is being read already'))
    this.#reader = Promise.withResolvers()
    const { promise } = this.#reader
    this.#serveReader()
    return promise
  }

  /** Resolves with how many bytes there were: fewer than fit only at the end. */
  readInto(target: Uint8Array, onProgress: (() => void) | undefined): Promise<number> {
    if (this.#stopped !== undefined && this.#stopped.error === undefined) return never()
    if (this.#isBeingRead) return Promise.reject(failure('in-use', 'this stream is being read already'))
    const filling: Filling = { target, filled: 0, onProgress, outcome: Promise.withResolvers() }
    this.#filling = filling
    if (this.#stopped === undefined) {
      const moved = this.#pieces.moveInto(target, 0, this.#spent.add)
      this.#filled(filling, moved)
    }
    this.#serveFilling()
    return filling.outcome.promise
  }

  stop(error: FlotillaError<NetworkErrorCode> | undefined): void {
    if (this.#done || this.#stopped !== undefined) return
    this.#stopped = { error }
    this.#pieces.clear()
    this.#serveReader()
    this.#serveFilling()
  }

  get #isBeingRead(): boolean {
    return this.#reader !== undefined || this.#filling !== undefined
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

  #fill(filling: Filling, bytes: Uint8Array): void {
    const used = bytes.subarray(0, filling.target.byteLength - filling.filled)
    copyBytes(used, filling.target, filling.filled)
    if (used.byteLength < bytes.byteLength) this.#pieces.push(bytes.subarray(used.byteLength))
    else this.#spent.add(bytes)
    this.#filled(filling, used.byteLength)
    this.#serveFilling()
  }

  #filled(filling: Filling, bytes: number): void {
    if (bytes === 0) return
    filling.filled += bytes
    this.#creditRead(bytes)
    filling.onProgress?.()
    this.#finishWhenRead()
  }

  /** Lets the reader go if it has all that there is room for, or that there will ever be. */
  #serveFilling(): void {
    const filling = this.#filling
    if (filling === undefined) return
    const { target, filled, outcome } = filling
    if (this.#stopped !== undefined) {
      if (this.#stopped.error === undefined) return
      outcome.reject(this.#stopped.error)
    } else if (filled === target.byteLength || this.#done) {
      outcome.resolve(filled)
    } else {
      return
    }
    this.#filling = undefined
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
