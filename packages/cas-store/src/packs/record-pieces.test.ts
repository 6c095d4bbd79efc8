import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ChunkId } from '../types.ts'
import { encodeRecordHead, recordBytes, recordHeadBytes, type PackRecord } from './pack-format.ts'
import { piecesOf } from './record-pieces.ts'

/** As somebody gives it who has sealed it, or who has written its head as well, in a room that it shares. */
function recordOf(id: number, sealed: Uint8Array): PackRecord {
  return { id: id.toString(16).padStart(64, '0') as ChunkId, kind: 'data', sealed }
}

function written(record: PackRecord, room: Uint8Array, at: number): PackRecord {
  const whole = room.subarray(at, at + recordBytes(record.sealed.length))
  whole.set(record.sealed, recordHeadBytes)
  encodeRecordHead(record, whole, 0)
  return { ...record, sealed: whole.subarray(recordHeadBytes), record: whole }
}

const drawn = fc.record({
  length: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 32_760, max: 40_000 })),
  isWhole: fc.boolean(),
  gap: fc.boolean(),
})

test('are the bytes of all records in order, whoever has written their heads', () => {
  fc.assert(
    fc.property(fc.integer(), fc.array(drawn, { maxLength: 12 }), (seed, all) => {
      const prng = new Prng(seed)
      const room = new Uint8Array(12 * 41_000)
      let at = 0
      const plain = all.map(({ length }, index) => recordOf(index, prng.bytes(length)))
      const given = plain.map((record, index) => {
        if (all[index]?.isWhole !== true) return record
        if (all[index]?.gap) at++
        const whole = written(record, room, at)
        at += whole.record?.length ?? 0
        return whole
      })
      const expected = plain.map((record) => {
        const bytes = new Uint8Array(recordBytes(record.sealed.length))
        return written(record, bytes, 0).record ?? bytes
      })
      expect(Buffer.compare(Buffer.concat(piecesOf(given)), Buffer.concat(expected))).toBe(0)
    }),
  )
})

test('are one piece where whole records lie one right behind the other, and not where they do not', () => {
  const room = new Uint8Array(1_000)
  const first = written(recordOf(1, new Uint8Array(100)), room, 0)
  const second = written(recordOf(2, new Uint8Array(50)), room, recordBytes(100))
  const third = written(recordOf(3, new Uint8Array(50)), room, recordBytes(100) + recordBytes(50) + 1)
  const elsewhere = written(recordOf(4, new Uint8Array(50)), new Uint8Array(1_000), 0)
  expect(piecesOf([first, second]).map(({ length }) => length)).toEqual([recordBytes(100) + recordBytes(50)])
  expect(piecesOf([first, second, third, elsewhere])).toHaveLength(3)
})
