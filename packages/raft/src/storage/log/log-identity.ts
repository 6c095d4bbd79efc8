import { diskPath, type Disk, type DiskPath } from '@flotilla/core/disk'
import type { Entropy } from '@flotilla/core/random'
import { crc32 } from 'node:zlib'
import { corrupt, unknownFormat } from '../storage-error.ts'
import { viewOf } from './record-format.ts'
import { formatVersion, logIdBytes } from './segment-header.ts'

export interface LogIdentity {
  /** Stands in every segment, so that one of another log is told apart. */
  readonly logId: Uint8Array
  /** Whether something may have become durable in it. */
  readonly used: boolean
}

const identityPath: DiskPath = diskPath('raft/format')

const magic: Uint8Array = new TextEncoder().encode('FLOTRAFI')
const lengthBytes = 40

/** What this folder is, or undefined where there is nothing yet. */
export async function readIdentity(disk: Disk): Promise<LogIdentity | undefined> {
  const bytes = await disk.read(identityPath)
  return bytes && decodeIdentity(bytes)
}

export async function writeIdentity(disk: Disk, identity: LogIdentity): Promise<void> {
  await disk.replace(identityPath, encodeIdentity(identity))
}

export function newIdentity(entropy: Entropy): LogIdentity {
  return { logId: entropy.bytes(logIdBytes), used: false }
}

function encodeIdentity({ logId, used }: LogIdentity): Uint8Array {
  const bytes = new Uint8Array(lengthBytes)
  bytes.set(magic)
  const view = viewOf(bytes)
  view.setUint32(8, formatVersion, true)
  view.setUint32(12, used ? 1 : 0, true)
  bytes.set(logId, 16)
  view.setUint32(36, crc32(bytes.subarray(0, 36)), true)
  return bytes
}

function decodeIdentity(bytes: Uint8Array): LogIdentity {
  const damaged = (why: string): Error => corrupt(identityPath, 0, why)
  if (bytes.length < lengthBytes || magic.some((byte, at) => bytes[at] !== byte)) {
    throw damaged('this is not the beginning of a raft storage')
  }
  const view = viewOf(bytes)
  if (view.getUint32(36, true) !== crc32(bytes.subarray(0, 36))) throw damaged('its checksum is wrong')
  const version = view.getUint32(8, true)
  if (version !== formatVersion) throw unknownFormat(identityPath, version, formatVersion)
  const used = view.getUint32(12, true)
  if (bytes.length !== lengthBytes || used > 1) throw damaged('it is not what this program writes')
  return { logId: bytes.slice(16, 16 + logIdBytes), used: used === 1 }
}
