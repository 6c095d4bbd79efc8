import { assert, ProtocolError } from '@flotilla/core/errors'
import type { ListEntry } from './contract.ts'
import { idBytesLength, readId, writeIdBytes } from './id-bytes.ts'
import { treeLimits } from './limits.ts'
import { readSize, sizeBytesLength, writeSize } from './size-bytes.ts'

/** What a chunk of the kind `list` says. */
export interface ChunkList {
  /**
   * 1: its entries are content; more: they are lists of one less. It is in the bytes, so no descriptor can lie about
   * it.
   */
  readonly depth: number
  /** At least one. Each has at least one byte of content: a blob without any is a single chunk, and needs no list. */
  readonly entries: readonly ListEntry[]
}

const version = 1
const headBytes = 2
const entryBytes = idBytesLength + sizeBytesLength

/** Version and depth, one byte each, and then for each entry its id (32 bytes) and its size (6 bytes, big-endian). */
export function encodeList({ depth, entries }: ChunkList): Uint8Array {
  assert(depth >= 1 && depth <= treeLimits.depthMax, 'a list is of depth 1 to depthMax')
  assert(entries.length >= 1 && entries.length <= treeLimits.listEntriesMax, 'a list has 1 to listEntriesMax entries')
  const bytes = new Uint8Array(headBytes + entries.length * entryBytes)
  bytes[0] = version
  bytes[1] = depth
  let at = headBytes
  for (const { id, size } of entries) {
    writeIdBytes(id, bytes, at)
    writeSize(size, bytes, at + idBytesLength)
    at += entryBytes
  }
  return bytes
}

/** Throws `malformed-list` for everything that `encodeList` cannot have written. */
export function decodeList(bytes: Uint8Array): ChunkList {
  if (bytes.length < headBytes) throw malformed(`it has ${bytes.length} bytes`)
  if (bytes[0] !== version) throw malformed(`its version is ${bytes[0]}, and ${version} is known`, 'upgrade Flotilla')
  const depth = bytes[1] as number
  if (depth < 1 || depth > treeLimits.depthMax) throw malformed(`its depth is ${depth}`)
  const count = (bytes.length - headBytes) / entryBytes
  if (!Number.isInteger(count) || count < 1 || count > treeLimits.listEntriesMax) {
    throw malformed(`it has ${bytes.length} bytes, which is no whole number of entries from 1 on`)
  }
  const entries: ListEntry[] = []
  for (let at = headBytes; at < bytes.length; at += entryBytes) {
    const size = readSize(bytes, at + idBytesLength)
    if (size === 0) throw malformed(`entry ${entries.length + 1} has no content`)
    entries.push({ id: readId(bytes, at), size })
  }
  return { depth, entries }
}

function malformed(why: string, hint?: string): ProtocolError<'malformed-list'> {
  const message = `a list of chunks is malformed: ${why}`
  return new ProtocolError('malformed-list', message, hint === undefined ? {} : { hint })
}
