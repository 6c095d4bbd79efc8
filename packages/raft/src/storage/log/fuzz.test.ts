import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { drawnWrite } from '../../testing/storage-conformance/drawn-writes.ts'
import { GroupsTwin } from '../../testing/storage-conformance/groups-twin.ts'
import { decodeWrite, encodeWrite } from './group-format.ts'
import { PayloadReader } from './payload-reader.ts'
import type { SegmentNumber, SegmentSeed } from './record-format.ts'
import { RecordWriter } from './record-writer.ts'
import { Replay } from './replay.ts'

const place = { segment: 1 as SegmentNumber, offset: 512 }
const seed = 1 as SegmentSeed
const source = { path: 'file', segment: 1 as SegmentNumber }

/** The payload of a batch as it is written. */
function payloadOf(prng: Prng): Uint8Array {
  const twin = new GroupsTwin()
  const record = new RecordWriter()
  for (let count = prng.between(1, 8); count > 0; count--) {
    const write = drawnWrite(prng, twin, [0, 10, 50, 500])
    const { group, removed } = write
    encodeWrite(record, removed ? { group, removed } : write, prng.chance(1, 2))
    twin.give([write])
  }
  const { payloadBytes } = record
  return Buffer.concat(record.seal('batch', seed, 512, place)).subarray(24, 24 + payloadBytes)
}

describe('the payload of a record', () => {
  test('is read as it was written', () => {
    for (let number = 1; number <= 300; number++) {
      const prng = new Prng(number)
      const write = drawnWrite(prng, new GroupsTwin(), [])
      const record = new RecordWriter()
      encodeWrite(record, write, true)
      const { payloadBytes } = record
      const bytes = Buffer.concat(record.seal('batch', seed, 512, place)).subarray(24, 24 + payloadBytes)
      const reader = new PayloadReader(bytes)
      const { hardState, snapshot, group, keepsLog } = decodeWrite(reader)
      expect(reader.left).toBe(0)
      expect({ group, hardState, snapshot }).toEqual({
        group: write.group,
        hardState: write.hardState,
        snapshot: write.snapshot,
      })
      expect(keepsLog).toBe(true)
    }
  })

  test('never does more than be refused as corrupt, whatever its bytes are', () => {
    let taken = 0
    for (let number = 1; number <= 6_000; number++) {
      const prng = new Prng(number)
      let bytes = prng.chance(1, 4) ? prng.bytes(prng.below(200)) : payloadOf(prng).slice()
      for (let flips = prng.below(4); flips > 0 && bytes.length > 0; flips--) {
        const at = prng.below(Math.min(bytes.length, 200))
        bytes[at] = prng.chance(1, 2) ? prng.below(256) : (bytes[at] ?? 0) ^ (1 << prng.below(8))
      }
      if (prng.chance(1, 4)) bytes = bytes.subarray(0, prng.below(bytes.length + 1))
      const replay = new Replay()
      try {
        replay.take(prng.pick(['batch', 'state', 'mark'] as const), bytes, source, 512)
        replay.finish('file', 512)
        taken++
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.code !== 'corrupt')
          throw new Error(`seed ${number}`, { cause: error })
      }
    }
    expect(taken).toBeGreaterThan(100)
  })

  test('that claims very many of something is refused without room being made for it', () => {
    const head = (flags: number): RecordWriter => {
      const record = new RecordWriter()
      record.u8(flags)
      record.text('a')
      return record
    }
    const entries = head(8)
    entries.u64(1)
    entries.u32(2 ** 32 - 1)
    const data = head(8)
    data.u64(1)
    data.u32(1)
    data.u32(2 ** 31)
    data.u64(0)
    const number = head(16)
    number.u32(0)
    number.u32(2 ** 30)
    for (const record of [entries, data, number]) {
      const { payloadBytes } = record
      const bytes = Buffer.concat(record.seal('batch', seed, 512, place)).subarray(24, 24 + payloadBytes)
      expect(() => new Replay().take('batch', bytes, source, 512)).toThrow('the checksum is right, but')
    }
    expect(() => new Replay().take('state', new Uint8Array(4).fill(255), source, 512)).toThrow('more groups than')
  })
})
