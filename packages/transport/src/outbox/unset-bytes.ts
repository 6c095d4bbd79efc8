import { Buffer } from 'node:buffer'

/**
 * Memory as it is, not set to zero: for queues, which hand over no more of it than they have filled. Setting it cost a
 * tenth of the time of a stream.
 */
export function unsetBytes(length: number): Uint8Array {
  const { buffer } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer, 0, length)
}
