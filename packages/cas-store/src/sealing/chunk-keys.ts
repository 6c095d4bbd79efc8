import type { Crypto } from '@flotilla/core/crypto'
import { assert } from '@flotilla/core/errors'
import type { ChunkId, KeyEpoch } from '../types.ts'
import type { DataKeys } from './contract.ts'
import { writeId } from './id-text.ts'

const blockBytes = 64
const digestBytes = 32
const dataKeyBytes = 32
/**
 * What is kept of a data key: the two blocks with which HMAC begins under the key that HKDF extracts from it, and a
 * byte that is 1 until it is forgotten: sealing with a key of zeros would be the worst of bugs, and go unnoticed.
 */
const scheduleBytes = 2 * blockBytes + 1

const info: Uint8Array = new TextEncoder().encode('flotilla chunk v1')
const idAt = blockBytes + info.length

/**
 * Data keys, ready to derive the keys of chunks from. The bytes may be shared with other threads: `forget` zeroes them
 * for all.
 */
export interface KeySchedules {
  readonly newest: KeyEpoch
  /** `scheduleBytes` each. */
  readonly schedules: ReadonlyMap<KeyEpoch, Uint8Array>
}

/** `allocate` gives zeroed memory, so that other threads can be given a view of it. */
export function schedulesOf(
  crypto: Crypto,
  { newest, keys }: DataKeys,
  allocate: (byteLength: number) => Uint8Array,
): KeySchedules {
  assert(keys.has(newest), 'the newest data key is one of the data keys')
  const schedules = new Map<KeyEpoch, Uint8Array>()
  for (const [epoch, key] of keys) {
    assert(key.length === dataKeyBytes, 'a data key has 32 bytes')
    assert(
      key.some((byte) => byte !== 0),
      'a data key that was zeroed is not used',
    )
    const schedule = allocate(scheduleBytes)
    // RFC 5869 §2.2: without a salt, the first step is HMAC under 32 zeros.
    writeSchedule(new Uint8Array(digestBytes), schedule)
    const extracted = hmac(crypto, schedule, key)
    writeSchedule(extracted, schedule)
    extracted.fill(0)
    schedules.set(epoch, schedule)
  }
  return { newest, schedules }
}

export function forgetSchedules({ schedules }: KeySchedules): void {
  for (const schedule of schedules.values()) schedule.fill(0)
}

/**
 * Derives the key of a chunk: `HKDF-SHA256(data key, no salt, 'flotilla chunk v1' || id, 32 bytes)`. Each chunk has its
 * own, so that no nonce meets a key twice but by a chance of 2^-96, and a chunk opens under no other id. By hand upon
 * SHA-256, because the library's HKDF takes 12 µs, and this 2.
 */
export class ChunkKeys implements Disposable {
  readonly #crypto: Crypto
  /** What the inner hash takes: a block, then the info, the id, and the number of the output block, 1. */
  readonly #inner = new Uint8Array(idAt + digestBytes + 1)
  readonly #outer = new Uint8Array(blockBytes + digestBytes)

  constructor(crypto: Crypto) {
    this.#crypto = crypto
    this.#inner.set(info, blockBytes)
    this.#inner[idAt + digestBytes] = 1
  }

  derive(schedule: Uint8Array, id: ChunkId): Uint8Array {
    assert(schedule[scheduleBytes - 1] === 1, 'a key that was forgotten is not used')
    this.#inner.set(schedule.subarray(0, blockBytes))
    writeId(id, this.#inner, idAt)
    this.#outer.set(schedule.subarray(blockBytes, scheduleBytes - 1))
    this.#outer.set(this.#crypto.sha256(this.#inner), blockBytes)
    return this.#crypto.sha256(this.#outer)
  }

  [Symbol.dispose](): void {
    this.#inner.fill(0)
    this.#outer.fill(0)
  }
}

/** RFC 2104, for keys of up to a block. */
function writeSchedule(key: Uint8Array, schedule: Uint8Array): void {
  for (let index = 0; index < blockBytes; index++) {
    const byte = key[index] ?? 0
    schedule[index] = byte ^ 0x36
    schedule[blockBytes + index] = byte ^ 0x5c
  }
  schedule[scheduleBytes - 1] = 1
}

function hmac(crypto: Crypto, schedule: Uint8Array, message: Uint8Array): Uint8Array {
  const inner = new Uint8Array(blockBytes + message.length)
  inner.set(schedule.subarray(0, blockBytes))
  inner.set(message, blockBytes)
  const outer = new Uint8Array(blockBytes + digestBytes)
  outer.set(schedule.subarray(blockBytes, scheduleBytes - 1))
  outer.set(crypto.sha256(inner), blockBytes)
  inner.fill(0)
  return crypto.sha256(outer)
}
