import { ProtocolError, assert } from '@flotilla/core/errors'
import type { BlobDescriptor } from '../types.ts'
import { idBytesLength, readId, writeIdBytes } from './id-bytes.ts'
import { treeLimits } from './limits.ts'
import { readSize, sizeBytesLength, writeSize } from './size-bytes.ts'

const version = 1
const headBytes = 2

/** Of an encoded descriptor. */
export const descriptorBytesLength: number = headBytes + sizeBytesLength + idBytesLength

/** Version and depth, one byte each, the size (6 bytes, big-endian) and the root (32 bytes). */
export function encodeDescriptor({ size, depth, root }: BlobDescriptor): Uint8Array {
  assert(Number.isInteger(depth) && depth >= 0 && depth <= treeLimits.depthMax, 'a blob is of depth 0 to depthMax')
  const bytes = new Uint8Array(descriptorBytesLength)
  bytes[0] = version
  bytes[1] = depth
  writeSize(size, bytes, headBytes)
  writeIdBytes(root, bytes, headBytes + sizeBytesLength)
  return bytes
}

/** Throws `malformed-descriptor` for everything that `encodeDescriptor` cannot have written. */
export function decodeDescriptor(bytes: Uint8Array): BlobDescriptor {
  if (bytes.length !== descriptorBytesLength) {
    throw malformed(`it has ${bytes.length} bytes, and must have ${descriptorBytesLength}`)
  }
  if (bytes[0] !== version) throw malformed(`its version is ${bytes[0]}, and ${version} is known`, 'upgrade Flotilla')
  const depth = bytes[1] as number
  if (depth > treeLimits.depthMax) throw malformed(`its depth is ${depth}, and may be at most ${treeLimits.depthMax}`)
  const size = readSize(bytes, headBytes)
  if (size === 0 && depth > 0) throw malformed('it has lists and no content')
  return { size, depth, root: readId(bytes, headBytes + sizeBytesLength) }
}

function malformed(why: string, hint?: string): ProtocolError<'malformed-descriptor'> {
  const message = `the descriptor of a blob is malformed: ${why}`
  return new ProtocolError('malformed-descriptor', message, hint === undefined ? {} : { hint })
}
