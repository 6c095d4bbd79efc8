import type { NetworkErrorCode, NetworkLimits } from '../index.ts'
import type { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import { failure, never } from './failure.ts'
import type { StreamBody } from './frame.ts'
import type { Left } from './session-context.ts'
import { unexpected } from './unexpected.ts'

/**
 * The most that one frame of a stream carries: little enough that whatever is more urgent soon gets its turn, and
 * enough that the head of a frame costs nothing beside it.
 */
export const streamPieceBytesMax = 65_536

interface PendingWrite {
  readonly bytes: Uint8Array
  /** How much of it has been sent. */
  sent: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * The outgoing direction of a stream: sends no more than the reader gave credit for. However much that is, at most
 * `streamWindowBytes` of ours are handed over and have not left.
 */
export class StreamSender {
  readonly #peer: NodeId
  readonly #unsentBytesMax: number
  readonly #send: (body: StreamBody, left?: Left) => void
  /** The reader's room when nothing is on its way, as it said when the stream was opened. */
  #windowBytes = 0
  /** How many bytes the reader has room for: 0 <= credit <= windowBytes. */
  #credit = 0
  /** Bytes handed over that have not left: 0 <= unsent <= unsentBytesMax. */
  #unsent = 0
  /** In the order of the calls; all but the first are untouched. */
  #writes: PendingWrite[] = []
  #ending: PromiseWithResolvers<void> | undefined
  #endSent = false
  #done = false
  /** Why it stopped before its end; without an error it stopped with its process. */
  #stopped: { readonly error: FlotillaError<NetworkErrorCode> | undefined } | undefined

  constructor(peer: NodeId, limits: NetworkLimits, send: (body: StreamBody, left?: Left) => void) {
    this.#peer = peer
    this.#unsentBytesMax = limits.streamWindowBytes
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
      this.#writes.push({ bytes, sent: 0, resolve, reject })
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

  /** The far side is ready to receive that much. */
  open(windowBytes: number): void {
    if (!isWindow(windowBytes)) throw unexpected(this.#peer, 'accepts a stream with room that is no number')
    this.#windowBytes = windowBytes
    this.#credit = windowBytes
    this.#pump()
  }

  /** The far side has room for that much more. */
  credit(room: number): void {
    if (!Number.isSafeInteger(room) || room <= 0 || this.#credit + room > this.#windowBytes) {
      throw unexpected(this.#peer, 'makes more room in a stream than there can be')
    }
    this.#credit += room
    this.#pump()
  }

  /** The far side has read everything. */
  finish(): void {
    if (!this.#endSent || this.#done) throw unexpected(this.#peer, 'has read a stream to an end that it has not')
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
    if (this.#stopped !== undefined) return
    for (let first = this.#writes[0]; first !== undefined; first = this.#writes[0]) {
      if (!this.#pumpWrite(first)) return
      this.#writes.shift()
      first.resolve()
    }
    if (this.#ending === undefined || this.#endSent) return
    this.#endSent = true
    this.#send({ kind: 'stream-end' })
  }

  /** Returns whether all of it was sent. */
  #pumpWrite(write: PendingWrite): boolean {
    const { bytes } = write
    while (write.sent < bytes.byteLength) {
      const room = Math.min(this.#credit, this.#unsentBytesMax - this.#unsent, streamPieceBytesMax)
      if (room === 0) return false
      const payload = bytes.subarray(write.sent, write.sent + room)
      write.sent += payload.byteLength
      this.#credit -= payload.byteLength
      this.#unsent += payload.byteLength
      this.#send({ kind: 'stream-data', payload }, this.#left)
    }
    return true
  }

  readonly #left: Left = (_frames, payloadBytes) => {
    this.#unsent -= payloadBytes
    this.#pump()
  }
}

/** Whether that can be how much a far side is ready to receive. It may be large: that costs us nothing. */
export function isWindow(windowBytes: number): boolean {
  return Number.isSafeInteger(windowBytes) && windowBytes >= 0
}

async function stopped(error: FlotillaError<NetworkErrorCode> | undefined): Promise<never> {
  if (error === undefined) return never()
  throw error
}
