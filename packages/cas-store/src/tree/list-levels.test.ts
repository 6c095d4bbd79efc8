import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import { memoryChunks, type MemoryChunks } from '../testing/memory-chunks.ts'
import type { BlobDescriptor, ChunkId } from '../types.ts'
import type { ListEntry } from './contract.ts'
import { readId } from './id-bytes.ts'
import { treeLimits } from './limits.ts'
import { decodeList, encodeList } from './list-codec.ts'
import { ListLevels } from './list-levels.ts'

type Tree = Omit<BlobDescriptor, 'size'>

/** Level after level, all at once. */
function dumbTree(leaves: readonly ListEntry[], store: MemoryChunks): Tree {
  let entries = leaves
  for (let depth = 0; ; depth++) {
    const [only] = entries
    if (entries.length === 1 && only !== undefined) return { depth, root: only.id }
    const lists: ListEntry[][] = [[]]
    for (const entry of entries) {
      const list = lists.at(-1) ?? []
      list.push(entry)
      const ends = BigInt(`0x${entry.id}`) % 2n ** 32n < 2 ** 32 / 192
      if (list.length === 1_024 || (list.length >= 64 && ends)) lists.push([])
    }
    entries = lists
      .filter((list) => list.length > 0)
      .map((list) => ({
        id: store.identify('list', encodeList({ depth: depth + 1, entries: list })),
        size: list.reduce((sum, { size }) => sum + size, 0),
      }))
  }
}

async function treeOf(leaves: readonly ListEntry[], store: MemoryChunks, prng: Prng): Promise<Tree> {
  const add = async (lists: readonly Uint8Array[]): Promise<readonly ChunkId[]> => {
    expect(lists.length).toBeLessThanOrEqual(5)
    return (await store.add('list', lists)).map(({ id }) => id)
  }
  const levels = new ListLevels(add, 5)
  for (let at = 0; at < leaves.length;) {
    const count = prng.between(0, 500)
    await levels.push(leaves.slice(at, at + count))
    at += count
  }
  return levels.finish()
}

function drawnLeaves(prng: Prng, count: number): ListEntry[] {
  return Array.from({ length: count }, () => ({ id: readId(prng.bytes(32), 0), size: prng.between(1, 1_000) }))
}

describe('lists', () => {
  test('are those of the dumb twin, however the chunks come', async () => {
    const prng = new Prng(1)
    for (const count of [1, 2, 63, 64, 65, 300, 1_024, 1_025, 5_000, 20_000]) {
      const leaves = drawnLeaves(prng, count)
      const store = memoryChunks(nodeCrypto())
      const tree = await treeOf(leaves, store, prng)
      expect(tree).toEqual(dumbTree(leaves, memoryChunks(nodeCrypto())))
    }
  })

  test('have so many entries as is said, on average too', async () => {
    const prng = new Prng(2)
    const store = memoryChunks(nodeCrypto())
    await treeOf(drawnLeaves(prng, 50_000), store, prng)
    const counts = [...store.chunks.values()]
      .map(({ bytes }) => decodeList(bytes))
      .filter(({ depth }) => depth === 1)
      .map(({ entries }) => entries.length)
    expect(Math.min(...counts.slice(0, -1))).toBeGreaterThanOrEqual(treeLimits.listEntriesMin)
    expect(Math.max(...counts)).toBeLessThanOrEqual(treeLimits.listEntriesMax)
    expect(50_000 / counts.length / treeLimits.listEntriesAverage).toBeGreaterThan(0.9)
    expect(50_000 / counts.length / treeLimits.listEntriesAverage).toBeLessThan(1.1)
  })

  test('are shared by what differs in one place', async () => {
    const prng = new Prng(3)
    const leaves = drawnLeaves(prng, 50_000)
    const store = memoryChunks(nodeCrypto())
    await treeOf(leaves, store, prng)
    const before = store.chunks.size
    await treeOf([...leaves.slice(0, 20_000), ...drawnLeaves(prng, 1), ...leaves.slice(20_000)], store, prng)
    expect(before).toBeGreaterThan(150)
    expect(store.chunks.size - before).toBeLessThan(8)
  })

  test('of one chunk that comes again and again stay flat, wherever its id would end a list', async () => {
    for (const id of ['0'.repeat(64), 'f'.repeat(64)]) {
      const leaves = Array.from({ length: 100_000 }, () => ({ id: id as ChunkId, size: 4 * 2 ** 20 }))
      const { depth } = await treeOf(leaves, memoryChunks(nodeCrypto()), new Prng(4))
      expect(depth).toBeLessThanOrEqual(3)
    }
  })

  test('are those of the first release: with others every blob would have another id', async () => {
    const tree = await treeOf(drawnLeaves(new Prng(5), 20_000), memoryChunks(nodeCrypto()), new Prng(6))
    expect(tree).toEqual({ depth: 2, root: '4151dd94d8428bc9f66901cfe3ad78bb5630776f453318effb8f97d61cc2bc25' })
  })

  test('are never deeper than may be, even of the smallest chunks of the largest blob', () => {
    const chunks = treeLimits.blobBytesMax / 64
    expect(treeLimits.listEntriesMin ** treeLimits.depthMax).toBeGreaterThan(chunks)
  })
})
