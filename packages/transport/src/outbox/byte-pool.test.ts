import type { Frame, StreamNumber } from '@flotilla/core/network/sessions'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { FrameDecoder } from '../frames/frame-decoder.ts'
import { BytePool, pooledBytes } from './byte-pool.ts'
import { Outbox } from './outbox.ts'

const limits = { messageBytesMax: 2 ** 20, streamHeaderBytesMax: 1_024, nameLengthMax: 64, reasonLengthMax: 100 }

test('memory is used again when it was reclaimed, and not before', () => {
  const pool = new BytePool()
  const first = pool.take(pooledBytes)
  pool.hand(first)
  expect(pool.take(pooledBytes)).not.toBe(first)
  pool.reclaim()
  expect(pool.take(pooledBytes)).toBe(first)
  pool.hand(first)
  pool.reclaim()
  pool.forget()
  expect(pool.take(pooledBytes)).not.toBe(first)
  expect(pool.take(100).byteLength).toBe(100)
})

test('the pool holds no more than a few buffers', () => {
  const pool = new BytePool()
  const many = Array.from({ length: 20 }, () => pool.take(pooledBytes))
  for (const bytes of many) pool.hand(bytes)
  pool.reclaim()
  const again = Array.from({ length: 20 }, () => pool.take(pooledBytes)).filter((bytes) => many.includes(bytes))
  expect(again.length).toBeLessThanOrEqual(10)
})

test('whatever is sent, and whenever the link takes it, nothing is overwritten before that', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const prng = new Prng(seed)
    const outbox = new Outbox()
    let [sent, came, streamSent, streamCame, wrong] = [0, 0, 0, 0, 0]
    const decoder = new FrameDecoder({
      limits,
      take(frame) {
        if (frame.kind === 'notice') {
          const value = ++came & 0xff
          if (frame.payload.some((byte) => byte !== value)) wrong++
        } else if (frame.kind === 'stream-data') {
          for (const byte of frame.payload) if (byte !== (streamCame++ & 0xff)) wrong++
        }
      },
    })
    // The link holds what it was handed, as it is, until it takes all of it at once.
    let held: Uint8Array[] = []
    const takeAll = (): void => {
      for (const bytes of held) decoder.push(new Uint8Array(bytes))
      held = []
      outbox.taken()
    }
    for (let step = 0; step < 400; step++) {
      const bytes = prng.chance(1, 10) ? prng.between(10_000, 200_000) : prng.between(1, 3_000)
      if (prng.chance(1, 2)) {
        const payload = new Uint8Array(bytes).fill(++sent & 0xff)
        outbox.push({ kind: 'notice', channel: 'c', payload } satisfies Frame)
      } else {
        const payload = new Uint8Array(bytes).map(() => streamSent++ & 0xff)
        outbox.push({ kind: 'stream-data', channel: 'c', stream: 2 as StreamNumber, payload })
      }
      if (prng.chance(1, 3)) outbox.flush(prng.between(1, 200_000), (part) => void held.push(part))
      if (prng.chance(1, 4)) takeAll()
    }
    while (!outbox.empty) outbox.flush(200_000, (part) => void held.push(part))
    takeAll()
    expect({ seed, came, streamCame, wrong }).toEqual({ seed, came: sent, streamCame: streamSent, wrong: 0 })
  }
})
