import { crc32 } from 'node:zlib'
import { diskPath, type Disk } from '@flotilla/core/disk'
import { assert } from '@flotilla/core/errors'
import type { KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import { keyringLimits } from '../limits.ts'
import { wrappedKeyBytes } from './wrapped-key.ts'

/*
 * The wrapped keys once more, version 1: a file of its own beside the catalogue. Numbers are little-endian.
 *
 *   0   8  'FLOTKEYS'
 *   8   4  version: 1
 *  12   4  how many keys
 *  16      each of them: epoch (4), when it was made in milliseconds since 1970 (8, floating point), wrapped key (88)
 *       4  CRC-32 of all before it
 *
 * The checksum tells damage. That nobody has changed anything on purpose is told when the keys are unwrapped.
 */
const magic: Uint8Array = new TextEncoder().encode('FLOTKEYS')
const version = 1
const headBytes = 16
const rowBytes: number = 12 + wrappedKeyBytes
const checksumBytes = 4
/** As the identity has a row too. */
const rowsMax: number = keyringLimits.keysMax + 1

const copyPath = diskPath('keys')
/** What a store that begins anew finds in its folder. */
const earlierPath = diskPath('keys-earlier')

export function encodeKeyCopy(rows: readonly KeyRow[]): Uint8Array {
  assert(rows.length <= rowsMax, 'a keyring has only so many keys')
  const bytes = new Uint8Array(headBytes + rows.length * rowBytes + checksumBytes)
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  view.setUint32(8, version, true)
  view.setUint32(12, rows.length, true)
  for (const [index, { epoch, wrapped, atMs }] of rows.entries()) {
    assert(wrapped.length === wrappedKeyBytes, 'a wrapped key has one length')
    const at = headBytes + index * rowBytes
    view.setUint32(at, epoch, true)
    view.setFloat64(at + 4, atMs, true)
    bytes.set(wrapped, at + 12)
  }
  view.setUint32(bytes.length - checksumBytes, crc32(bytes.subarray(0, -checksumBytes)), true)
  return bytes
}

/** Undefined unless it is what was written, by a release that this one understands. */
export function decodeKeyCopy(bytes: Uint8Array): readonly KeyRow[] | undefined {
  const count = (bytes.length - headBytes - checksumBytes) / rowBytes
  if (!Number.isInteger(count) || count < 0 || count > rowsMax) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (magic.some((byte, index) => bytes[index] !== byte) || view.getUint32(8, true) !== version) return undefined
  if (view.getUint32(12, true) !== count) return undefined
  if (view.getUint32(bytes.length - checksumBytes, true) !== crc32(bytes.subarray(0, -checksumBytes))) return undefined
  return Array.from({ length: count }, (_, index) => {
    const at = headBytes + index * rowBytes
    return {
      epoch: view.getUint32(at, true) as KeyEpoch,
      atMs: view.getFloat64(at + 4, true),
      wrapped: bytes.slice(at + 12, at + rowBytes),
    }
  })
}

/** That file. */
export class KeyCopy {
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  async read(): Promise<'none' | 'damaged' | readonly KeyRow[]> {
    const bytes = await this.#disk.read(copyPath)
    return bytes === undefined ? 'none' : (decodeKeyCopy(bytes) ?? 'damaged')
  }

  /** Durable when it resolves; until then it is what it was. */
  write(rows: readonly KeyRow[]): Promise<void> {
    return this.#disk.replace(copyPath, encodeKeyCopy(rows))
  }

  /** What is there is kept under another name. */
  putAside(): Promise<void> {
    return this.#disk.rename(copyPath, earlierPath)
  }
}
