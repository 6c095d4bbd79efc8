import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { Catalogue } from '../../catalogue/contract.ts'
import { adds, chunk, chunkId, packId, placeOf, refuses, type Check } from './catalogue-under-test.ts'

/** Marks and sweeps. */
export function markingCases(check: Check): readonly ConformanceCase[] {
  return [...markCases(check), ...sweepCases(check), ...turnCases(check)]
}

async function swept(catalogue: Catalogue, keepFrom = catalogue.generation): Promise<readonly string[]> {
  const rows = await catalogue.sweep({ keepFrom, limit: 100 })
  return rows.map(({ id }) => id).toSorted((one, other) => (one < other ? -1 : 1))
}

const ids = (...numbers: readonly number[]): ReturnType<typeof chunkId>[] => numbers.map((number) => chunkId(number))

function markCases(check: Check): readonly ConformanceCase[] {
  return [
    check('marks: a generation begins with nothing marked', async (catalogue) => {
      await catalogue.commit([adds(1, 2, 3)])
      const before = catalogue.generation
      assert.equal(await catalogue.beginMarking(), before + 1)
      assert.equal(catalogue.generation, before + 1)
      assert.deepEqual(await catalogue.mark(ids(1, 2)), [true, true])
      assert.deepEqual(await catalogue.mark(ids(2, 3, 3)), [false, true, false])
      assert.equal(await catalogue.beginMarking(), before + 2)
      assert.deepEqual(await catalogue.mark(ids(1, 2, 3)), [true, true, true])
    }),
    check('marks: what is missing counts as not marked, each time', async (catalogue) => {
      await catalogue.beginMarking()
      assert.deepEqual(await catalogue.mark(ids(1, 1)), [true, true])
      await catalogue.commit([adds(1)])
      assert.deepEqual(await catalogue.mark(ids(1, 1)), [true, false])
    }),
    check('marks: neither a touch nor an addition is one', async (catalogue) => {
      await catalogue.commit([adds(1, 2)])
      await catalogue.beginMarking()
      await catalogue.touch(ids(1))
      await catalogue.commit([adds(2, 3)])
      assert.deepEqual(await catalogue.mark(ids(1, 2, 3)), [true, true, true])
      await catalogue.touch(ids(1))
      await catalogue.commit([adds(2)])
      assert.deepEqual(await catalogue.mark(ids(1, 2, 3)), [false, false, false])
    }),
    check('marks: a chunk that went and came again is not marked', async (catalogue) => {
      await catalogue.commit([adds(1)])
      await catalogue.beginMarking()
      await catalogue.mark(ids(1))
      await catalogue.commit([{ type: 'drop-chunks', chunks: [chunk(1)] }, adds(1)])
      assert.deepEqual(await catalogue.mark(ids(1)), [true])
    }),
  ]
}

function sweepCases(check: Check): readonly ConformanceCase[] {
  return [
    check('sweeps: what was touched, marked or added since stays', async (first, reopen) => {
      await first.commit([adds(1, 2, 3, 4, 5)])
      await first.beginMarking()
      await first.touch(ids(1))
      await first.mark(ids(2))
      await first.commit([adds(3, 6)])
      assert.deepEqual(await swept(first), ids(4, 5))
      assert.deepEqual(await swept(first), [])
      const next = await reopen(first)
      const places = await next.places(ids(1, 2, 3, 4, 5, 6))
      assert.deepEqual(
        places.map((place) => place?.position),
        [100, 200, 300, undefined, undefined, 600],
      )
      return next
    }),
    check('sweeps: to look is not to touch', async (catalogue) => {
      await catalogue.commit([adds(1)])
      await catalogue.beginMarking()
      await catalogue.places(ids(1))
      await catalogue.chunksOf(packId(1), { limit: 1 })
      const move = { id: chunkId(1), from: chunk(1).place, to: placeOf(2, 0), epoch: chunk(1).epoch }
      await catalogue.commit([{ type: 'move-chunks', moves: [move] }])
      const rows = await catalogue.sweep({ keepFrom: catalogue.generation, limit: 10 })
      assert.deepEqual(rows, [chunk(1, { place: placeOf(2, 0) })])
      assert.deepEqual(await catalogue.packs(), [])
    }),
    check('sweeps: an older generation is kept where it is asked for', async (catalogue) => {
      const before = catalogue.generation
      await catalogue.commit([adds(1, 2, 3)])
      const first = await catalogue.beginMarking()
      await catalogue.touch(ids(2))
      const second = await catalogue.beginMarking()
      await catalogue.touch(ids(3))
      assert.deepEqual(await swept(catalogue, before), [])
      assert.deepEqual(await swept(catalogue, first), ids(1))
      assert.deepEqual(await swept(catalogue, second), ids(2))
      await catalogue.beginMarking()
      assert.deepEqual(await swept(catalogue, second), [])
      assert.deepEqual(await swept(catalogue), ids(3))
    }),
    check('sweeps: none before marking has begun, and none that keeps from the future', async (first, reopen) => {
      await first.commit([adds(1)])
      await refuses('wrong-request', () => first.sweep({ keepFrom: first.generation, limit: 1 }))
      await first.beginMarking()
      await refuses('wrong-request', () => first.sweep({ keepFrom: first.generation + 1, limit: 1 }))
      const next = await reopen(first)
      await refuses('wrong-request', () => next.sweep({ keepFrom: next.generation, limit: 1 }))
      assert.equal((await next.counts()).chunks, 1)
      return next
    }),
    check('sweeps: nothing counts as touched after a restart', async (first, reopen) => {
      await first.commit([adds(1, 2)])
      await first.beginMarking()
      await first.mark(ids(1, 2))
      const next = await reopen(first)
      await next.touch(ids(2))
      const generation = await next.beginMarking()
      assert.deepEqual(await swept(next, generation - 1), ids(1))
      assert.deepEqual(await next.mark(ids(2)), [true])
      return next
    }),
  ]
}

function turnCases(check: Check): readonly ConformanceCase[] {
  return [
    check('sweeps: at most so many, and fewer only at the end', async (catalogue) => {
      const all = Array.from({ length: 40 }, (_, at) => at)
      await catalogue.commit([adds(...all)])
      const keepFrom = await catalogue.beginMarking()
      await catalogue.touch(ids(...all.filter((number) => number % 4 === 0)))
      const counts: number[] = []
      for (let rows = await catalogue.sweep({ keepFrom, limit: 7 }); rows.length > 0;) {
        counts.push(rows.length)
        rows = await catalogue.sweep({ keepFrom, limit: 7 })
      }
      assert.deepEqual(counts, [7, 7, 7, 7, 2])
      assert.equal((await catalogue.counts()).chunks, 10)
    }),
    check('sweeps: one that looks again finds what was kept before', async (catalogue) => {
      await catalogue.commit([adds(1, 2, 3, 4)])
      const first = await catalogue.beginMarking()
      await catalogue.touch(ids(1, 2))
      assert.equal((await catalogue.sweep({ keepFrom: first, limit: 1 })).length, 1)
      const second = await catalogue.beginMarking()
      await catalogue.touch(ids(2))
      assert.deepEqual((await swept(catalogue, second)).length, 2)
      assert.deepEqual(await catalogue.places(ids(1)), [undefined])
      assert.equal((await catalogue.counts()).chunks, 1)
    }),
    check('sweeps: what is touched by a call before it stays, whoever waits for what', async (catalogue) => {
      await catalogue.commit([adds(1, 2, 3)])
      const marking = catalogue.beginMarking()
      const touching = catalogue.touch(ids(1))
      const adding = catalogue.commit([adds(2)])
      const keepFrom = await marking
      const sweeping = catalogue.sweep({ keepFrom, limit: 10 })
      const after = catalogue.touch(ids(3))
      assert.deepEqual(
        (await sweeping).map(({ id }) => id),
        ids(3),
      )
      assert.deepEqual(await touching, [chunk(1).place])
      await adding
      assert.deepEqual(await after, [undefined])
    }),
  ]
}
