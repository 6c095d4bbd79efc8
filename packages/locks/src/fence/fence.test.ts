import { diskPath } from '@flotilla/core/disk'
import { Prng } from '@flotilla/core/random'
import { memoryDisk, type MemoryDisk } from '@flotilla/core/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDiskFenceStore } from './disk-fence-store.ts'
import { createFence, type FencingGuard } from './fence.ts'

const codeOf = (doing: Promise<unknown>): Promise<string> =>
  doing.then(
    () => 'admitted',
    (error: unknown) => (error as { code?: string }).code ?? String(error),
  )

describe('a fence', () => {
  test('refuses what is lower than it has seen, key by key', async () => {
    const fence = createFence()
    await fence.check('a', 5)
    await fence.check('a', 5)
    await fence.check('b', 1)
    await expect(fence.check('a', 4)).rejects.toMatchObject({ code: 'stale-token' })
    await expect(fence.check('a', 4)).rejects.toThrow('token 4 of "a" is older than 5')
    await fence.check('a', 9)
    expect(await codeOf(fence.check('a', 5))).toBe('stale-token')
  })

  test.each([0, -1, 1.5, Number.NaN, 2 ** 60])('takes %s for no token', async (token) => {
    expect(await codeOf(createFence().check('a', token))).toBe('wrong-request')
  })

  test('refuses one key too many rather than forget another', async () => {
    const fence = createFence({ keysMax: 2 })
    await fence.check('a', 1)
    await fence.check('b', 1)
    expect(await codeOf(fence.check('c', 1))).toBe('overloaded')
    expect(await codeOf(fence.check('b', 2))).toBe('admitted')
  })

  test('needs both halves of a store', () => {
    expect(() => createFence({ load: async () => 1 })).toThrow('load and store come together')
  })

  test('with a store, forgets nothing though it keeps few keys in memory', async () => {
    const stored = new Map<string, number>()
    const fence = createFence({
      keysMax: 1,
      load: async (key) => stored.get(key),
      store: async (key, token) => void stored.set(key, token),
    })
    for (const key of ['a', 'b', 'c']) await fence.check(key, 7)
    for (const key of ['a', 'b', 'c']) expect(await codeOf(fence.check(key, 6))).toBe('stale-token')
    expect(stored).toEqual(
      new Map([
        ['a', 7],
        ['b', 7],
        ['c', 7],
      ]),
    )
  })

  test('admits nothing that could not be stored, and refuses what is lower all the same', async () => {
    let works = false
    const fence = createFence({
      load: async () => 3,
      store: async () => {
        if (!works) throw new Error('no room')
      },
    })
    expect(await codeOf(fence.check('a', 5))).toContain('no room')
    expect(await codeOf(fence.check('a', 2))).toBe('stale-token')
    works = true
    expect(await codeOf(fence.check('a', 5))).toBe('admitted')
  })

  test('refuses a lower token while a higher one is being stored', async () => {
    const stored = Promise.withResolvers<void>()
    const fence = createFence({ load: async () => undefined, store: () => stored.promise })
    const high = codeOf(fence.check('a', 5))
    const low = codeOf(fence.check('a', 4))
    stored.resolve()
    expect([await high, await low]).toEqual(['admitted', 'stale-token'])
  })
})

describe('work behind a fence', () => {
  test('of a lower token ends before that of a higher one begins, and is told', async () => {
    const fence = createFence()
    const told: string[] = []
    const first = Promise.withResolvers<void>()
    const low = fence.run('a', 1, async (signal) => {
      signal.addEventListener('abort', () => told.push(`overtaken: ${String(signal.reason)}`))
      await first.promise
      told.push('low ends')
    })
    await turns()
    const high = fence.run('a', 2, async () => void told.push('high begins'))
    await turns()
    expect(told).toEqual([expect.stringContaining('token 1 of "a" is older than 2')])
    first.resolve()
    await Promise.all([low, high])
    expect(told.slice(1)).toEqual(['low ends', 'high begins'])
  })

  test('of one token runs side by side, and other keys do not matter', async () => {
    const fence = createFence()
    const never = new Promise<void>(() => {})
    void fence.run('a', 1, () => never)
    expect(await fence.run('a', 1, async () => 'beside')).toBe('beside')
    expect(await fence.run('b', 2, async () => 'elsewhere')).toBe('elsewhere')
  })

  test('that waits for a lower one gives up by its signal, and is refused when a higher one came', async () => {
    const fence = createFence()
    const never = Promise.withResolvers<void>()
    void codeOf(fence.run('a', 1, () => never.promise))
    await turns()
    const cancel = new AbortController()
    const second = codeOf(fence.run('a', 2, async () => 'done', { signal: cancel.signal }))
    const third = codeOf(fence.run('a', 3, async () => 'done'))
    await turns()
    cancel.abort(new Error('enough'))
    expect(await second).toContain('enough')
    expect(await codeOf(fence.run('a', 2, async () => 'done'))).toBe('stale-token')
    never.resolve()
    expect(await third).toBe('admitted')
  })
})

test('whatever the order, what is admitted never goes back', async () => {
  const tokens = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 9 })), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(tokens, async (shown) => {
      const fence = createFence()
      const highest = new Map<string, number>()
      for (const [key, token] of shown) {
        const expected = token >= (highest.get(key) ?? 0) ? 'admitted' : 'stale-token'
        expect(await codeOf(fence.check(key, token))).toBe(expected)
        if (expected === 'admitted') highest.set(key, token)
      }
    }),
  )
})

describe('a fence on disk', () => {
  const path = diskPath('fence')
  const open = async (memory: MemoryDisk) => {
    const disk = memory.open()
    const store = await openDiskFenceStore({ disk, path, entropy: new Prng(1) })
    return { disk, store, fence: createFence(store) }
  }

  test('remembers over a crash what it has admitted', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      const memory = memoryDisk()
      const before = await open(memory)
      await before.fence.check('a', 5)
      void codeOf(before.fence.check('a', 8)) // Not awaited: kept or not.
      memory.crash(new Prng(seed))
      const after = await open(memory)
      expect({ seed, low: await codeOf(after.fence.check('a', 4)) }).toEqual({ seed, low: 'stale-token' })
      expect(await codeOf(after.fence.check('a', 8))).toBe('admitted')
    }
  })

  test('is written anew when it has grown, and opens again', async () => {
    const memory = memoryDisk()
    const { disk, store, fence } = await open(memory)
    await fence.check('other', 3)
    for (let token = 1; token <= 1_100; token++) await fence.check('a', token)
    await store[Symbol.asyncDispose]()
    await disk[Symbol.asyncDispose]()
    const again = await open(memory)
    expect(await codeOf(again.fence.check('a', 1_099))).toBe('stale-token')
    expect(await codeOf(again.fence.check('other', 2))).toBe('stale-token')
    await again.store[Symbol.asyncDispose]()
    expect((await again.disk.read(path))?.length).toBeLessThan(10_000)
  })

  test('refuses one key too many', async () => {
    const memory = memoryDisk()
    const store = await openDiskFenceStore({ disk: memory.open(), path, entropy: new Prng(1), keysMax: 1 })
    const fence: FencingGuard = createFence(store)
    await fence.check('a', 1)
    expect(await codeOf(fence.check('b', 1))).toBe('overloaded')
  })
})

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve()
}
