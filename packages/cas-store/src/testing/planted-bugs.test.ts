import { describe, expect, test } from 'vitest'
import type { BlobContent, BlobStore } from '../blobs.ts'
import type { BlobHarness } from './conformance/harness.ts'
import { overridden } from '../store/testing/overridden.ts'
import { blobConformance } from './conformance/suite.ts'
import { memoryBlobs } from './memory-blobs.ts'

type Bug = (store: BlobStore) => Partial<BlobStore>

/** Each is something that a store could get wrong; the suite must refuse every one of them. */
const bugs: Readonly<Record<string, Bug>> = {
  'every put has an id of its own': (store) => {
    let puts = 0
    return {
      async put(source, options) {
        const result = await store.put(source, options)
        return { ...result, id: `${result.id.slice(0, 60)}${String(puts++).padStart(4, '0')}` as typeof result.id }
      },
    }
  },
  'a name is kept though the source failed': (store) => ({
    async put(source, options) {
      const { name } = options ?? {}
      if (name !== undefined) await store.put(new Uint8Array(1), { name }).catch(() => {})
      return store.put(source, options)
    },
  }),
  'a range is one byte too long': (store) => ({
    async get(ref, options) {
      const { range } = options ?? {}
      const size = (await store.stat(ref))?.size ?? 0
      if (range === undefined || range.start + range.length >= size) return store.get(ref, options)
      return store.get(ref, { ...options, range: { ...range, length: range.length + 1 } })
    },
  }),
  'a byte is wrong': (store) => ({
    async get(ref, options) {
      const content = await store.get(ref, options)
      return replaced(content, (piece, at) =>
        at === 0 ? piece.map((byte, index) => (index === 9 ? byte ^ 1 : byte)) : piece,
      )
    },
  }),
  'the last piece is missing': (store) => ({
    async get(ref, options) {
      const content = await store.get(ref, options)
      return replaced(content, (piece, at) =>
        at + piece.length === content.size && at > 0 ? new Uint8Array(0) : piece,
      )
    },
  }),
  'content may be iterated twice': (store) => ({
    async get(ref, options) {
      const { id, size, range } = await store.get(ref, options)
      const again = async function* (): AsyncGenerator<Uint8Array> {
        yield* await store.get(ref, options)
      }
      return { id, size, range, [Symbol.asyncIterator]: again }
    },
  }),
  'whoever reads is cut off by a delete': (store) => ({
    async get(ref, options) {
      const content = await store.get(ref, options)
      const read = async function* (): AsyncGenerator<Uint8Array> {
        if ((await store.stat(content.id)) === undefined) throw new Error('it is gone')
        yield* content
      }
      return { id: content.id, size: content.size, range: content.range, [Symbol.asyncIterator]: read }
    },
  }),
  'a pin protects nothing': (store) => ({
    async delete(ref, options) {
      await store.unpin(ref).catch(() => {})
      return store.delete(ref, options)
    },
  }),
  'delete leaves names': (store) => {
    const left = new Set<string>()
    return {
      async delete(ref, options) {
        for (const name of (await store.stat(ref))?.names ?? []) left.add(name)
        return store.delete(ref, options)
      },
      async get(ref, options) {
        return left.has(ref) ? store.get((await store.put(new Uint8Array(1))).id) : store.get(ref, options)
      },
    }
  },
  'unname deletes the blob': (store) => ({
    async unname(name, options) {
      const stat = await store.stat(name)
      const had = await store.unname(name, options)
      if (stat !== undefined && !stat.pinned) await store.delete(stat.id)
      return had
    },
  }),
  'what is missing is named all the same': (store) => ({
    async name(name, ref, options) {
      await store.name(name, ref, options).catch(() => {})
    },
  }),
  'lists are not sorted': (store) => ({ list: async (options) => (await store.list(options)).toReversed() }),
  'a list begins with what it was to begin behind': (store) => ({
    async list(options) {
      const { after, ...rest } = options ?? {}
      if (after === undefined) return store.list(options)
      const all = await store.list(rest.prefix === undefined ? {} : { prefix: rest.prefix })
      return all.filter(({ name }) => name >= after).slice(0, rest.limit)
    },
  }),
  'a prefix is a pattern': (store) => ({
    async list(options) {
      const { prefix = '', ...rest } = options ?? {}
      const pattern = new RegExp(`^${RegExp.escape(prefix).replaceAll('%', '.*').replaceAll('_', '.')}`)
      return (await store.list(rest)).filter(({ name }) => pattern.test(name))
    },
  }),
  'a limit is not kept': (store) => ({
    async listIds(options) {
      await store.listIds(options)
      return store.listIds(options?.after === undefined ? {} : { after: options.after })
    },
  }),
  'any name will do': (store) => ({
    name: async (name, ref, options) => store.name(name.replaceAll('\n', ' ') || ' ', ref, options),
  }),
  'it goes on when it was closed': (store) => ({ [Symbol.asyncDispose]: () => Promise.resolve(void store) }),
  'an aborted put goes on': (store) => ({
    put: (source, options) => store.put(source, options?.name === undefined ? {} : { name: options.name }),
  }),
  'the caller’s bytes are kept without a copy': (store) => {
    const given = new Map<string, Uint8Array>()
    return {
      async put(source, options) {
        const result = await store.put(source, options)
        if (source instanceof Uint8Array) given.set(result.id, source)
        return result
      },
      async get(ref, options) {
        const content = await store.get(ref, options)
        return replaced(content, (piece, at) => given.get(content.id)?.subarray(at, at + piece.length) ?? piece)
      },
    }
  },
}

function replaced(content: BlobContent, change: (piece: Uint8Array, at: number) => Uint8Array): BlobContent {
  const { id, size, range } = content
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    let at = range.start
    for await (const piece of content) {
      yield change(piece, at)
      at += piece.length
    }
  }
  return { id, size, range, [Symbol.asyncIterator]: pieces }
}

function harnessWith(bug: Bug): () => Promise<BlobHarness> {
  return () => {
    const right = memoryBlobs()
    const store = overridden(right, bug(right))
    return Promise.resolve({
      store,
      reopen: () => Promise.resolve(store),
      collect: () => Promise.resolve(),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    })
  }
}

describe('the conformance suite refuses a store in which', () => {
  test.each(Object.entries(bugs))('%s', async (_name, bug) => {
    const refused: string[] = []
    for (const { name, run } of blobConformance(harnessWith(bug), { without: ['reopen', 'large-blobs'] })) {
      const outcome = await Promise.race([run().then(() => 'held', String), turns(20_000)])
      if (outcome !== 'held') refused.push(name)
    }
    expect(refused).not.toEqual([])
  })
})

/** A bug may also be that something never ends. */
async function turns(count: number): Promise<string> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
  return 'it hangs'
}
