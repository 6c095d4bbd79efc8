import { nodeCrypto } from '@flotilla/core/crypto/node'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KeyEpoch } from '../types.ts'
import { ChunkKeys, forgetSchedules, schedulesOf } from './chunk-keys.ts'
import { readChunkId } from './id-text.ts'

const crypto = nodeCrypto()
const allocate = (byteLength: number): Uint8Array => new Uint8Array(byteLength)
const one = 1 as KeyEpoch
const id = readChunkId(new Uint8Array(32).fill(3), 0)

test('the key of a chunk is what HKDF of the data key gives for its id', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.some((byte) => byte !== 0))
  const chunkKeys = new ChunkKeys(crypto)
  fc.assert(
    fc.property(bytes32, bytes32, (dataKey, idBytes) => {
      const { schedules } = schedulesOf(crypto, { newest: one, keys: new Map([[one, dataKey]]) }, allocate)
      const info = new Uint8Array([...new TextEncoder().encode('flotilla chunk v1'), ...idBytes])
      const derived = chunkKeys.derive(schedules.get(one) ?? new Uint8Array(0), readChunkId(idBytes, 0))
      expect(derived).toEqual(crypto.hkdfSha256(dataKey, new Uint8Array(0), info, 32))
    }),
  )
})

test('a key that was forgotten, or was zero from the beginning, is not used', () => {
  const keys = { newest: one, keys: new Map([[one, new Uint8Array(32).fill(1)]]) }
  const taken = schedulesOf(crypto, keys, allocate)
  const schedule = taken.schedules.get(one) ?? new Uint8Array(0)
  new ChunkKeys(crypto).derive(schedule, id)
  forgetSchedules(taken)
  expect(schedule.every((byte) => byte === 0)).toBe(true)
  expect(() => new ChunkKeys(crypto).derive(schedule, id)).toThrow('a key that was forgotten is not used')
  keys.keys.get(one)?.fill(0)
  expect(() => schedulesOf(crypto, keys, allocate)).toThrow('a data key that was zeroed is not used')
  expect(() => schedulesOf(crypto, { newest: one, keys: new Map() }, allocate)).toThrow('newest data key')
})

test('nothing of a key stays behind', () => {
  const chunkKeys = new ChunkKeys(crypto)
  const { schedules } = schedulesOf(
    crypto,
    { newest: one, keys: new Map([[one, new Uint8Array(32).fill(1)]]) },
    allocate,
  )
  const before = chunkKeys.derive(schedules.get(one) ?? new Uint8Array(0), id)
  chunkKeys[Symbol.dispose]()
  // What is derived next has neither info nor counter, so it differs: its memory was zeroed.
  expect(chunkKeys.derive(schedules.get(one) ?? new Uint8Array(0), id)).not.toEqual(before)
})
