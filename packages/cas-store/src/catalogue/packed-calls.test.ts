import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { chunk, packId } from '../testing/catalogue-conformance/catalogue-under-test.ts'
import type { KeyEpoch } from '../types.ts'
import type { CatalogueCall } from './calls.ts'
import type { ChunkRow } from './contract.ts'
import { packedCall, unpackedCall } from './packed-calls.ts'

function drawnRow(prng: Prng, index: number): ChunkRow {
  return {
    ...chunk(index),
    kind: prng.chance(1, 5) ? 'list' : 'data',
    epoch: prng.between(1, 2) as KeyEpoch,
    place: { pack: packId(prng.below(2)), position: prng.u32(), length: prng.below(100) },
  }
}

test('what is packed for another thread is the same there', () => {
  const methods = new Set<string>()
  for (let seed = 1; seed <= 200; seed++) {
    const prng = new Prng(seed)
    const rows = Array.from({ length: prng.below(50) }, (_, index) => drawnRow(prng, index))
    const call: CatalogueCall = {
      method: 'commit',
      given: [
        [
          { type: 'set-note', key: 'a', value: 'b' },
          { type: 'add-chunks', chunks: rows },
          { type: 'add-chunks', chunks: rows.toReversed() },
        ],
      ],
    }
    const sent = structuredClone(packedCall(call))
    methods.add(sent.method)
    expect(unpackedCall(sent), `seed ${seed}`).toEqual(call)
  }
  expect([...methods].toSorted()).toEqual(['commit', 'commit-packed'])
  const other: CatalogueCall = { method: 'touch', given: [[chunk(1).id]] }
  expect(unpackedCall(packedCall(other))).toBe(other)
})
