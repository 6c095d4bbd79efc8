import { describe, expect, test } from 'vitest'
import { LentSlabs } from './lent-slabs.ts'
import { SlabPool } from './slab-pool.ts'

const bytes = 100_000

function pool(): SlabPool {
  return new SlabPool((byteLength) => new Uint8Array(byteLength), 2)
}

describe('memory that is lent', () => {
  test('is used again when every view of it has come back, and not sooner', () => {
    const slabs = pool()
    const lent = new LentSlabs()
    const first = slabs.take(bytes)
    const views = [first.bytes.subarray(0, 10), first.bytes.subarray(10, 20)] as const
    lent.lend(first, views[0], 1)
    lent.letGo([views[0]])
    // The second was not lent yet when the first came back.
    lent.lend(first, views[1], 2)
    lent.settle(first)
    lent.letGo([views[1]])
    expect(slabs.take(bytes).bytes.buffer).not.toBe(first.bytes.buffer)
    lent.letGo([views[1]])
    expect(slabs.take(bytes).bytes.buffer).toBe(first.bytes.buffer)
    lent.letGo([views[1]])
    expect(slabs.take(bytes).bytes.buffer).not.toBe(first.bytes.buffer)
  })

  test('of which nothing was lent is used again at once', () => {
    const slabs = pool()
    const lent = new LentSlabs()
    const first = slabs.take(bytes)
    lent.lend(first, new Uint8Array(5), 1)
    lent.lend(first, first.bytes, 0)
    lent.settle(first)
    lent.letGo([new Uint8Array(5)])
    expect(slabs.take(bytes).bytes.buffer).toBe(first.bytes.buffer)
  })
})

describe('a pool of slabs', () => {
  test('gives what fits, keeps no more than it should, and takes nothing back twice', () => {
    const slabs = pool()
    const taken = [slabs.take(bytes), slabs.take(bytes), slabs.take(bytes)]
    for (const slab of taken) {
      slab.release()
      slab.release()
    }
    const again = [slabs.take(bytes), slabs.take(2 * bytes), slabs.take(bytes), slabs.take(bytes)]
    const buffers = again.map((slab) => slab.bytes.buffer)
    expect(new Set(buffers).size).toBe(4)
    expect(buffers.filter((buffer) => taken.some((slab) => slab.bytes.buffer === buffer)).length).toBe(2)
    expect(again.map((slab) => slab.bytes.length)).toEqual([bytes, 2 * bytes, bytes, bytes])
  })
})
