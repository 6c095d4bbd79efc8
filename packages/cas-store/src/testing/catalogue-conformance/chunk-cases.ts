import type { ConformanceCase } from '@flotilla/core/testing'
import assert from 'node:assert/strict'
import type { ChunkRow } from '../../catalogue/contract.ts'
import { adds, chunk, chunkId, epoch1, epoch2, packId, placeOf, refuses, type Check } from './catalogue-under-test.ts'

/** Where chunks are. */
export function chunkCases(check: Check): readonly ConformanceCase[] {
  return [...placeCases(check), ...changeCases(check), ...packCases(check), ...epochCases(check)]
}

function placeCases(check: Check): readonly ConformanceCase[] {
  return [
    check(
      'chunks: those that were added are where they were said to be, in the next life too',
      async (first, reopen) => {
        await first.commit([
          adds(1, 2),
          { type: 'add-chunks', chunks: [chunk(3, { kind: 'list', place: placeOf(2, 0, 2 ** 40) })] },
        ])
        const wanted = [chunkId(3), chunkId(9), chunkId(1), chunkId(1)]
        const expected = [placeOf(2, 0, 2 ** 40), undefined, placeOf(1, 100), placeOf(1, 100)]
        assert.deepEqual(await first.places(wanted), expected)
        assert.deepEqual(await first.touch(wanted), expected)
        const next = await reopen(first)
        assert.deepEqual(await next.touch(wanted), expected)
        assert.deepEqual(await next.places(wanted), expected)
        assert.deepEqual(await next.places([]), [])
        return next
      },
    ),
    check('chunks: where one is there already, that one stays', async (catalogue) => {
      await catalogue.commit([adds(1)])
      await catalogue.commit([{ type: 'add-chunks', chunks: [chunk(1, { place: placeOf(7, 0), epoch: epoch2 })] }])
      assert.deepEqual(await catalogue.places([chunkId(1)]), [placeOf(1, 100)])
      assert.deepEqual(await catalogue.packs(), [{ pack: packId(1), chunks: 1, bytes: 100 }])
    }),
    check('chunks: the same one twice in one change is one', async (catalogue) => {
      await catalogue.commit([adds(1, 1), adds(1)])
      assert.equal((await catalogue.counts()).chunks, 1)
    }),
  ]
}

function changeCases(check: Check): readonly ConformanceCase[] {
  return [
    check('chunks: one moves only from where it is', async (first, reopen) => {
      await first.commit([adds(1, 2)])
      const to = placeOf(2, 0, 90)
      const moved = { id: chunkId(1), from: placeOf(1, 100), to, epoch: epoch2 }
      const elsewhere = [placeOf(3, 100), placeOf(1, 101), placeOf(1, 100, 99)]
      for (const from of elsewhere) {
        await first.commit([
          {
            type: 'move-chunks',
            moves: [
              { ...moved, from },
              { ...moved, id: chunkId(9) },
            ],
          },
        ])
        assert.deepEqual(await first.places([chunkId(1)]), [placeOf(1, 100)])
      }
      await first.commit([{ type: 'move-chunks', moves: [moved] }])
      const again = { id: chunkId(1), from: placeOf(1, 100), to: placeOf(4, 0), epoch: epoch2 }
      await first.commit([{ type: 'move-chunks', moves: [again] }])
      const next = await reopen(first)
      assert.deepEqual(await next.places([chunkId(1), chunkId(2)]), [to, placeOf(1, 200)])
      const page = { limit: 10 }
      assert.deepEqual(await next.chunksOf(packId(2), page), [chunk(1, { place: to, epoch: epoch2 })])
      assert.deepEqual(await next.chunksOf(packId(1), page), [chunk(2)])
      return next
    }),
    check('chunks: one is dropped only from where it is', async (first, reopen) => {
      await first.commit([adds(1, 2)])
      for (const place of [placeOf(3, 100), placeOf(1, 101), placeOf(1, 100, 99)]) {
        await first.commit([{ type: 'drop-chunks', chunks: [{ id: chunkId(1), place }] }])
        assert.deepEqual(await first.places([chunkId(1)]), [placeOf(1, 100)])
      }
      const gone = { id: chunkId(1), place: placeOf(1, 100) }
      await first.commit([{ type: 'drop-chunks', chunks: [gone, gone, { ...gone, id: chunkId(9) }] }])
      const next = await reopen(first)
      assert.deepEqual(await next.places([chunkId(1), chunkId(2)]), [undefined, placeOf(1, 200)])
      await next.commit([{ type: 'add-chunks', chunks: [chunk(1, { place: placeOf(5, 0) })] }])
      assert.deepEqual(await next.places([chunkId(1)]), [placeOf(5, 0)])
      return next
    }),
  ]
}

function packCases(check: Check): readonly ConformanceCase[] {
  return [
    check('packs: each with what is in it, and none without', async (catalogue) => {
      assert.deepEqual(await catalogue.packs(), [])
      const inPack2 = [chunk(3, { place: placeOf(2, 0, 7) }), chunk(4, { place: placeOf(2, 7, 8) })]
      await catalogue.commit([adds(1), { type: 'add-chunks', chunks: inPack2 }])
      const use = async (): Promise<unknown> => new Map((await catalogue.packs()).map((row) => [row.pack, row]))
      const pack1 = { pack: packId(1), chunks: 1, bytes: 100 }
      const pack2 = { pack: packId(2), chunks: 2, bytes: 15 }
      assert.deepEqual(await use(), new Map([pack1, pack2].map((row) => [row.pack, row])))
      await catalogue.commit([{ type: 'drop-chunks', chunks: inPack2 }])
      assert.deepEqual(await catalogue.packs(), [pack1])
      await catalogue.commit([{ type: 'add-chunks', chunks: inPack2 }])
      assert.deepEqual(await use(), new Map([pack1, pack2].map((row) => [row.pack, row])))
    }),
    check('packs: the chunks of one, by position, in pages', async (catalogue) => {
      const rows = [30, 10, 20, 0, 40].map((position, at) => chunk(at, { place: placeOf(1, position, 10) }))
      await catalogue.commit([{ type: 'add-chunks', chunks: [...rows, chunk(9, { place: placeOf(2, 25) })] }])
      const found: ChunkRow[] = []
      for (let page = await catalogue.chunksOf(packId(1), { limit: 2 }); page.length > 0;) {
        found.push(...page)
        page = await catalogue.chunksOf(packId(1), { limit: 2, after: found.at(-1)?.place.position ?? -1 })
      }
      assert.deepEqual(found, [rows[3], rows[1], rows[2], rows[0], rows[4]])
      assert.deepEqual(await catalogue.chunksOf(packId(3), { limit: 2 }), [])
    }),
  ]
}

function epochCases(check: Check): readonly ConformanceCase[] {
  return [
    check('epochs: chunks with an older key, by id, in pages', async (catalogue) => {
      const old = [5, 1, 3].map((number) => chunk(number))
      const fresh = [2, 4].map((number) => chunk(number, { epoch: epoch2 }))
      await catalogue.commit([{ type: 'add-chunks', chunks: [...old, ...fresh] }])
      assert.deepEqual(await catalogue.chunksBefore(epoch1, { limit: 5 }), [])
      assert.deepEqual(await catalogue.chunksBefore(epoch2, { limit: 2 }), [chunk(1), chunk(3)])
      assert.deepEqual(await catalogue.chunksBefore(epoch2, { limit: 2, after: chunkId(3) }), [chunk(5)])
      assert.equal(await catalogue.chunkCountBefore(epoch2), 3)
      assert.equal(await catalogue.chunkCountBefore(epoch1), 0)
      const move = { id: chunkId(3), from: chunk(3).place, to: placeOf(2, 0), epoch: epoch2 }
      await catalogue.commit([{ type: 'move-chunks', moves: [move] }])
      assert.deepEqual(await catalogue.chunksBefore(epoch2, { limit: 5 }), [chunk(1), chunk(5)])
    }),
    check('epochs: a key stays while chunks need it, and then nothing is sealed with it', async (first, reopen) => {
      const key = { epoch: epoch1, wrapped: Uint8Array.of(1), atMs: 1 }
      await first.commit([{ type: 'set-key', key }, adds(1)])
      await refuses('key-in-use', () =>
        first.commit([
          { type: 'set-note', key: 'a', value: 'b' },
          { type: 'remove-key', epoch: epoch1 },
        ]),
      )
      assert.equal(await first.note('a'), undefined)
      assert.deepEqual(await first.keys(), [key])
      const move = { id: chunkId(1), from: chunk(1).place, to: placeOf(2, 0), epoch: epoch2 }
      await first.commit([
        { type: 'move-chunks', moves: [move] },
        { type: 'remove-key', epoch: epoch1 },
      ])
      assert.deepEqual(await first.keys(), [])
      const next = await reopen(first)
      await refuses('retired-key', () => next.commit([adds(2)]))
      const back = { id: chunkId(1), from: placeOf(2, 0), to: placeOf(3, 0), epoch: epoch1 }
      await refuses('retired-key', () => next.commit([{ type: 'move-chunks', moves: [back] }]))
      assert.deepEqual(await next.places([chunkId(1), chunkId(2)]), [placeOf(2, 0), undefined])
      await next.commit([{ type: 'set-key', key }, adds(2)])
      return next
    }),
  ]
}
