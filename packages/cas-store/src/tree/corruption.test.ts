import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import { beforeEach, describe, expect, test } from 'vitest'
import { memoryChunks, type MemoryChunks } from '../testing/memory-chunks.ts'
import type { BlobDescriptor, ChunkId } from '../types.ts'
import { readBlob } from './blob-reader.ts'
import { walkBlob } from './blob-walk.ts'
import type { ChunkSource, ListEntry } from './contract.ts'
import { encodeList } from './list-codec.ts'

let store: MemoryChunks
/** Three chunks of 10 bytes, a list of them, and a list of two such lists: all is well with it. */
let leaves: ListEntry[]
let list: ListEntry
let whole: BlobDescriptor

beforeEach(() => {
  store = memoryChunks(nodeCrypto())
  leaves = [1, 2, 3].map((byte) => data(new Uint8Array(10).fill(byte)))
  list = listed(1, leaves)
  whole = { ...rootOf(listed(2, [list, list])), depth: 2 }
})

function kept(kind: 'data' | 'list', bytes: Uint8Array): ChunkId {
  const id = store.identify(kind, bytes)
  store.chunks.set(id, { kind, bytes })
  return id
}

function data(bytes: Uint8Array): ListEntry {
  return { id: kept('data', bytes), size: bytes.length }
}

function listed(depth: number, entries: readonly ListEntry[]): ListEntry {
  return { id: kept('list', encodeList({ depth, entries })), size: entries.reduce((sum, { size }) => sum + size, 0) }
}

function rootOf({ id, size }: ListEntry): { readonly root: ChunkId; readonly size: number } {
  return { root: id, size }
}

/** How much it gave, and what then went wrong. */
async function reading(blob: BlobDescriptor): Promise<{ readonly bytes: number; readonly error: unknown }> {
  let bytes = 0
  try {
    for await (const piece of readBlob(blob, { source: store })) bytes += piece.length
  } catch (error) {
    return { bytes, error }
  }
  return { bytes, error: undefined }
}

async function walking(blob: BlobDescriptor): Promise<unknown> {
  const visit = (chunks: readonly { readonly id: ChunkId }[]): ChunkId[] => chunks.map(({ id }) => id)
  return walkBlob(blob, { source: store, visit }).catch((error: unknown) => error)
}

test('what is whole is read', async () => {
  expect(await reading(whole)).toEqual({ bytes: 60, error: undefined })
  expect(await walking(whole)).toBeUndefined()
})

interface Case {
  readonly blob: BlobDescriptor
  /** What the error names. */
  readonly id: ChunkId
  readonly why: string
}

const cases: readonly [string, () => Case][] = [
  ['a list that holds less than its parent says', () => lying({ ...list, size: list.size + 1 }, 'lists 30 bytes')],
  ['a list that holds more than its parent says', () => lying({ ...list, size: list.size - 1 }, 'lists 30 bytes')],
  [
    'a root that holds less than the descriptor says',
    () => ({ blob: { ...whole, size: 61 }, id: whole.root, why: 'lists 60 bytes of content where 61 belong' }),
  ],
  [
    'a depth that is too large',
    () => ({ blob: { ...whole, depth: 3 }, id: whole.root, why: 'is a list of depth 2 where one of 3 belongs' }),
  ],
  [
    'a depth that is too small',
    () => ({ blob: { ...whole, depth: 1 }, id: whole.root, why: 'is a list of depth 2 where one of 1 belongs' }),
  ],
  [
    'a list of another depth within a tree',
    () => {
      const deeper = listed(2, [list])
      return { blob: { ...rootOf(listed(2, [list, deeper])), depth: 2 }, id: deeper.id, why: 'is a list of depth 2' }
    },
  ],
  [
    'a list that is none',
    () => {
      const id = kept('list', new Uint8Array([1, 2, 3]))
      return { blob: { size: 3, depth: 1, root: id }, id, why: 'is no list of chunks' }
    },
  ],
]

function lying(entry: ListEntry, why: string): Case {
  return { blob: { ...rootOf(listed(2, [list, entry])), depth: 2 }, id: entry.id, why }
}

describe('corrupt is', () => {
  test.each(cases)('%s, for readers and for walks', async (_, make) => {
    const { blob, id, why } = make()
    for (const error of [(await reading(blob)).error, await walking(blob)]) {
      expect(error).toBeInstanceOf(FlotillaError)
      expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining(`chunk ${id} ${why}`) as string })
    }
  })

  test.each([
    ['shorter', 9],
    ['longer', 11],
  ])('a chunk that is %s than its list says, and no byte of it is given', async (_, length) => {
    const [first] = leaves
    const [, second] = leaves
    if (first === undefined || second === undefined) throw new Error('there are three')
    store.chunks.set(second.id, { kind: 'data', bytes: new Uint8Array(length) })
    const { bytes, error } = await reading(whole)
    expect(bytes).toBe(0) // The batch that it is in.
    expect(error).toMatchObject({ code: 'corrupt', message: expect.stringContaining(second.id) as string })
    const one: BlobDescriptor = { size: length, depth: 0, root: first.id }
    const alone = await reading(one)
    expect(alone.bytes).toBe(0)
    expect(alone.error).toMatchObject({
      code: 'corrupt',
      message: `chunk ${first.id} has 10 bytes where ${length} belong`,
    })
  })

  test('what ends the reading of all that is under way', async () => {
    const last = data(new Uint8Array(11))
    const tree = listed(1, [...leaves, { ...last, size: 12 }, ...leaves, ...leaves])
    const signals = new Set<AbortSignal | undefined>()
    const source: ChunkSource = {
      read: (wanted, options) => {
        signals.add(options.signal)
        return store.read(wanted, options)
      },
    }
    const pieces = readBlob({ ...rootOf(tree), depth: 1 }, { source, windowBytes: 40 })
    const readOn = async (): Promise<void> => {
      while ((await pieces.next()).done !== true);
    }
    await expect(readOn()).rejects.toMatchObject({ code: 'corrupt' })
    expect([...signals].map((signal) => signal?.aborted)).toEqual([true])
  })

  test('not what is missing: that error is passed through', async () => {
    const [first] = leaves
    if (first === undefined) throw new Error('there are three')
    store.chunks.delete(first.id)
    expect((await reading(whole)).error).toMatchObject({ code: 'not-found' })
    store.chunks.delete(list.id)
    expect((await reading(whole)).error).toMatchObject({ code: 'not-found' })
    expect(await walking(whole)).toMatchObject({ code: 'not-found' })
  })

  test('not a list that is given where content is asked for, as its id is none of content', async () => {
    expect((await reading({ size: 78, depth: 0, root: list.id })).error).toMatchObject({ code: 'not-found' })
  })
})
