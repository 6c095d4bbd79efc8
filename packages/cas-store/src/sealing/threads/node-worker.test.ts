import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { KeyEpoch } from '../../types.ts'
import { schedulesOf } from '../chunk-keys.ts'
import { identitySecret, idKeyOf } from '../identity.ts'
import { sharedMemory, SharedPool } from './node-shared-memory.ts'
import { startWorker } from './node-worker.ts'
import type { PartResult } from './part.ts'
import type { ThreadStart } from './thread-messages.ts'

const crypto = nodeCrypto()
const one = 1 as KeyEpoch

function startOf(): ThreadStart {
  const idKey = sharedMemory(32)
  idKey.set(idKeyOf(crypto, identitySecret(new Uint8Array(32))))
  const keys = { newest: one, keys: new Map([[one, new Uint8Array(32).fill(1)]]) }
  return { idKey, keys: schedulesOf(crypto, keys, sharedMemory) }
}

describe('a worker thread', () => {
  test('that cannot start dies, and says why', async () => {
    const pool = new SharedPool({ keptMax: 1, roomBytes: 100 })
    const cause = await new Promise((resolve) => {
      startWorker(null as never, pool, {
        onDone: resolve,
        onKeysUsed: () => undefined,
        onDeath: resolve,
      })
    })
    expect(cause).toBeInstanceOf(TypeError)
  })

  test('whose keys are forgotten here seals nothing any more', async () => {
    const start = startOf()
    const pool = new SharedPool({ keptMax: 1, roomBytes: 100 })
    const results: PartResult[] = []
    let answered = (): void => undefined
    const thread = startWorker(start, pool, {
      onDone(done) {
        results.push(...done)
        answered()
      },
      onKeysUsed: () => undefined,
      onDeath: (cause) => expect.fail(String(cause)),
    })
    const chunk = { id: '0'.repeat(64) as never, kind: 'data', bytes: new Uint8Array(10) } as const
    for (const isForgotten of [false, true]) {
      if (isForgotten) for (const schedule of start.keys.schedules.values()) schedule.fill(0)
      const answer = new Promise<void>((resolve) => (answered = resolve))
      thread.work([{ type: 'seal', chunks: [chunk] }])
      await answer
    }
    await thread.close()
    expect(results.map(({ type }) => type)).toEqual(['seal', 'broken'])
  })
})

describe('a pool of shared memory', () => {
  const partOf = (
    ...chunks: readonly Uint8Array[]
  ): { readonly type: 'identify'; readonly kind: 'data'; readonly chunks: readonly Uint8Array[] } => ({
    type: 'identify',
    kind: 'data',
    chunks,
  })

  test('copies what is not shared, and leaves what is', () => {
    const pool = new SharedPool({ keptMax: 2, roomBytes: 1_024 })
    const own = new Uint8Array(100).fill(1)
    const shared = sharedMemory(10)
    const { parts } = pool.share([partOf(own.subarray(10, 20), shared), partOf(own)])
    const [first, second] = parts
    expect(first).toEqual(partOf(own.subarray(10, 20), shared))
    expect(second).toEqual(partOf(own))
    const chunks = [first, second].flatMap((part) => (part?.type === 'identify' ? part.chunks : []))
    expect(chunks.map(({ buffer }) => buffer instanceof SharedArrayBuffer)).toEqual([true, true, true])
    expect(chunks[1]).toBe(shared)
  })

  test('gives memory out again only after it was released, and keeps the largest, as many as it may', () => {
    const pool = new SharedPool({ keptMax: 1, roomBytes: 1_024 })
    const memoryFor = (length: number): { readonly memory: ArrayBufferLike; readonly release: () => void } => {
      const { parts, release } = pool.share([partOf(new Uint8Array(length))])
      const [part] = parts
      return { memory: part?.type === 'identify' ? (part.chunks[0]?.buffer ?? never()) : never(), release }
    }
    const [a, b] = [memoryFor(100), memoryFor(100)]
    expect(a.memory).not.toBe(b.memory)
    a.release()
    b.release()
    const c = memoryFor(128)
    expect(c.memory).toBe(b.memory)
    const d = memoryFor(100)
    expect([a.memory, b.memory]).not.toContain(d.memory)
    const large = memoryFor(5_000)
    large.release()
    d.release()
    expect(memoryFor(1).memory).toBe(large.memory)
    expect(memoryFor(1).memory).not.toBe(d.memory)
  })
})

function never(): never {
  throw new Error('it must be there')
}
