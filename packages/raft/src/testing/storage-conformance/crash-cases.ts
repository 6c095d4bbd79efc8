import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { RaftStorage } from '../../storage/storage.ts'
import {
  begins,
  expectGroup,
  groupA,
  groupB,
  hard,
  markOf,
  run,
  shown,
  beginning,
  type MakeStorage,
  type StorageUnderTest,
} from './storage-under-test.ts'

const seeds: readonly number[] = Array.from({ length: 40 }, (_, index) => index + 1)

type Crash = (storage: RaftStorage) => Promise<RaftStorage>

/** What a power cut may leave. */
export function crashCases(make: MakeStorage): readonly ConformanceCase[] {
  const check = (name: string, work: (storage: RaftStorage, crash: Crash) => Promise<void>): ConformanceCase => ({
    name: `after a crash: ${name}`,
    async run() {
      for (const seed of seeds) {
        const subject = await make()
        if (subject.crash === undefined) return
        try {
          await work(await subject.open(), () => crashed(subject, seed))
        } catch (error) {
          throw new Error(`with seed ${seed}`, { cause: error })
        }
      }
    },
  })
  return [
    check('what had resolved is there', async (first, crash) => {
      await first.write([begins(groupA, { hardState: hard(1, 'n1') }), begins(groupB)])
      await first.write([{ group: groupA, entries: run(1, 40, 1) }])
      await first.write([{ group: groupA, snapshot: markOf(30, 1), entries: run(41, 42, 1) }])
      await first.write([{ group: groupB, removed: true }])
      const storage = await crash(first)
      expectGroup(storage, groupA, { hardState: hard(1, 'n1'), snapshot: markOf(30, 1), entries: run(31, 42, 1) })
      assert.equal(storage.recovered.has(groupB), false)
    }),
    check('what had not resolved is a prefix, and goes on from there', async (first, crash) => {
      await first.write([begins(groupA)])
      for (let at = 1; at <= 10; at++) {
        ignored(first.write([{ group: groupA, hardState: hard(at), entries: run(at, at, at) }]))
      }
      let storage = await crash(first)
      const count = storage.recovered.get(groupA)?.entries.length ?? 0
      const entries = Array.from({ length: count }, (_, at) => run(at + 1, at + 1, at + 1)).flat()
      expectGroup(storage, groupA, { hardState: hard(count), snapshot: beginning, entries })
      await storage.write([{ group: groupA, hardState: hard(50), entries: run(count + 1, count + 1, 50) }])
      storage = await crash(storage)
      const all = [...entries, ...run(count + 1, count + 1, 50)]
      expectGroup(storage, groupA, { hardState: hard(50), snapshot: beginning, entries: all })
    }),
    check('what one life recovers, the next one recovers too', async (first, crash) => {
      await first.write([begins(groupA)])
      ignored(first.write([{ group: groupA, entries: run(1, 5, 1) }]))
      ignored(first.write([{ group: groupA, entries: run(3, 9, 2) }]))
      let storage = await crash(first)
      const seen = shown(storage.recovered.get(groupA))
      for (let life = 0; life < 3; life++) {
        storage = await crash(storage)
        assert.deepEqual(shown(storage.recovered.get(groupA)), seen)
      }
    }),
  ]
}

async function crashed(subject: StorageUnderTest, seed: number): Promise<RaftStorage> {
  await subject.crash?.(seed)
  return subject.open()
}

/** The node that would have been told is gone. */
function ignored(write: Promise<void>): void {
  write.catch(() => {})
}
