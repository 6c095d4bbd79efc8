import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { RaftStorage } from '../../storage/storage.ts'
import {
  beginning,
  begins,
  entryOf,
  expectGroup,
  groupA,
  groupB,
  hard,
  markOf,
  refuses,
  run,
  type MakeStorage,
} from './storage-under-test.ts'

type Reopen = (storage: RaftStorage) => Promise<RaftStorage>

/** What is written and what is there in the next life. */
export function logCases(make: MakeStorage): readonly ConformanceCase[] {
  const check = (name: string, work: (storage: RaftStorage, reopen: Reopen) => Promise<void>): ConformanceCase => ({
    name,
    async run() {
      const subject = await make()
      let storage = await subject.open()
      await work(storage, async (previous) => {
        await previous[Symbol.asyncDispose]()
        storage = await subject.open()
        return storage
      })
      await storage[Symbol.asyncDispose]()
    },
  })
  return [...plainCases(check), ...snapshotCases(check), ...lifeCases(check)]
}

type Check = (name: string, work: (storage: RaftStorage, reopen: Reopen) => Promise<void>) => ConformanceCase

function plainCases(check: Check): readonly ConformanceCase[] {
  return [
    check('holds nothing at the beginning', async (storage) => {
      assert.equal(storage.recovered.size, 0)
      assert.equal(storage.recovered.get(groupA), undefined)
      assert.deepEqual(storage.crowded(), [])
    }),
    check('keeps a hard state, a mark and entries of every kind', async (first, reopen) => {
      const entries = [
        entryOf(1, 3, '', 'empty'),
        entryOf(2, 3, 'configuration', 'configuration'),
        entryOf(3, 4, new Uint8Array(0)),
        entryOf(4, 4, new Uint8Array(100_000).fill(7)),
        entryOf(5, 2 ** 40, 'last'),
      ]
      await first.write([begins(groupA, { hardState: hard(2 ** 40, 'n2'), entries })])
      const storage = await reopen(first)
      expectGroup(storage, groupA, { hardState: hard(2 ** 40, 'n2'), snapshot: beginning, entries })
      assert.deepEqual([...storage.recovered.keys()], [groupA])
    }),
    check('leaves what is left out of a write', async (first, reopen) => {
      await first.write([begins(groupA, { hardState: hard(1, 'n1') })])
      await first.write([{ group: groupA, entries: run(1, 3, 1) }])
      await first.write([{ group: groupA, hardState: hard(2) }])
      const storage = await reopen(first)
      expectGroup(storage, groupA, { hardState: hard(2), snapshot: beginning, entries: run(1, 3, 1) })
    }),
    check('puts entries in place of all from their index on', async (first, reopen) => {
      await first.write([begins(groupA, { entries: run(1, 10, 1) })])
      await first.write([{ group: groupA, entries: run(4, 5, 2) }])
      let storage = await reopen(first)
      const entries = [...run(1, 3, 1), ...run(4, 5, 2)]
      expectGroup(storage, groupA, { hardState: hard(0), snapshot: beginning, entries })
      await storage.write([{ group: groupA, entries: run(1, 1, 3) }])
      storage = await reopen(storage)
      expectGroup(storage, groupA, { hardState: hard(0), snapshot: beginning, entries: run(1, 1, 3) })
    }),
    check('keeps groups apart, in one write too', async (first, reopen) => {
      await first.write([begins(groupA, { hardState: hard(1) }), begins(groupB, { hardState: hard(2) })])
      await first.write([
        { group: groupB, entries: run(1, 2, 2) },
        { group: groupA, entries: run(1, 1, 1) },
        { group: groupB, entries: run(2, 3, 5) },
      ])
      const storage = await reopen(first)
      const entries = [...run(1, 1, 2), ...run(2, 3, 5)]
      expectGroup(storage, groupA, { hardState: hard(1), snapshot: beginning, entries: run(1, 1, 1) })
      expectGroup(storage, groupB, { hardState: hard(2), snapshot: beginning, entries })
    }),
    check('forgets a group that is removed, and takes it anew', async (first, reopen) => {
      await first.write([begins(groupA, { hardState: hard(5), entries: run(1, 3, 5) }), begins(groupB)])
      await first.write([{ group: groupA, removed: true }])
      let storage = await reopen(first)
      assert.deepEqual([...storage.recovered.keys()], [groupB])
      await storage.write([begins(groupA, { entries: run(1, 1, 1) })])
      storage = await reopen(storage)
      expectGroup(storage, groupA, { hardState: hard(0), snapshot: beginning, entries: run(1, 1, 1) })
    }),
  ]
}

function snapshotCases(check: Check): readonly ConformanceCase[] {
  const ten = begins(groupA, { hardState: hard(3), entries: [...run(1, 5, 1), ...run(6, 10, 2)] })
  return [
    check('a snapshot keeps the entries after it where they go on from it', async (first, reopen) => {
      await first.write([ten])
      await first.write([{ group: groupA, snapshot: markOf(6, 2) }])
      const storage = await reopen(first)
      expectGroup(storage, groupA, { hardState: hard(3), snapshot: markOf(6, 2), entries: run(7, 10, 2) })
    }),
    check('a snapshot of another term, or beyond the end, takes the place of everything', async (first, reopen) => {
      await first.write([ten, { ...ten, group: groupB }])
      await first.write([
        { group: groupA, snapshot: markOf(6, 3) },
        { group: groupB, snapshot: markOf(11, 2) },
      ])
      const storage = await reopen(first)
      expectGroup(storage, groupA, { hardState: hard(3), snapshot: markOf(6, 3), entries: [] })
      expectGroup(storage, groupB, { hardState: hard(3), snapshot: markOf(11, 2), entries: [] })
    }),
    check('entries of the same write come after its snapshot', async (first, reopen) => {
      await first.write([ten])
      await first.write([{ group: groupA, snapshot: markOf(9, 2), entries: run(11, 12, 3) }])
      const entries = [...run(10, 10, 2), ...run(11, 12, 3)]
      let storage = await reopen(first)
      expectGroup(storage, groupA, { hardState: hard(3), snapshot: markOf(9, 2), entries })
      await storage.write([{ group: groupA, snapshot: markOf(20, 4), entries: run(21, 21, 4) }])
      storage = await reopen(storage)
      expectGroup(storage, groupA, { hardState: hard(3), snapshot: markOf(20, 4), entries: run(21, 21, 4) })
    }),
    check('the same snapshot once more changes nothing', async (first, reopen) => {
      await first.write([ten])
      for (let time = 0; time < 2; time++) await first.write([{ group: groupA, snapshot: markOf(8, 2) }])
      const storage = await reopen(first)
      expectGroup(storage, groupA, { hardState: hard(3), snapshot: markOf(8, 2), entries: run(9, 10, 2) })
    }),
  ]
}

function lifeCases(check: Check): readonly ConformanceCase[] {
  return [
    check('resolves in the order of the calls, and shares syncs', async (storage) => {
      await storage.write([begins(groupA)])
      const before = storage.figures().syncs
      const resolved: number[] = []
      const writes = Array.from({ length: 50 }, (_, at) =>
        storage.write([{ group: groupA, entries: run(at + 1, at + 1, 1) }]).then(() => resolved.push(at)),
      )
      await Promise.all(writes)
      assert.deepEqual(
        resolved,
        Array.from({ length: 50 }, (_, at) => at),
      )
      assert.ok(storage.figures().syncs - before < 50, 'each write had a sync of its own')
    }),
    check('shows a group that is opened again in the same life as its writes have left it', async (storage) => {
      await storage.write([begins(groupA)])
      await storage.write([{ group: groupA, hardState: hard(2), entries: run(1, 2, 2) }])
      expectGroup(storage, groupA, { hardState: hard(2), snapshot: beginning, entries: run(1, 2, 2) })
    }),
    check('takes an empty list of writes', async (storage) => {
      await storage.write([])
    }),
    check('finishes what was given before it closes, and refuses what comes then', async (first, reopen) => {
      await first.write([begins(groupA)])
      const last = first.write([{ group: groupA, hardState: hard(7) }])
      const storage = await reopen(first)
      await last
      expectGroup(storage, groupA, { hardState: hard(7), snapshot: beginning, entries: [] })
      await refuses('closed', () => first.write([{ group: groupA, hardState: hard(8) }]))
      await first[Symbol.asyncDispose]()
    }),
    check('tells how long its log is', async (storage) => {
      await storage.write([begins(groupA, { entries: [entryOf(1, 1, new Uint8Array(5_000))] })])
      assert.ok(storage.figures().logBytes >= 5_000)
    }),
  ]
}
