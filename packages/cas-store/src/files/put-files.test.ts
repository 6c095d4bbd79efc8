import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Prng } from '@flotilla/core/random'
import { describe, expect, onTestFinished, test } from 'vitest'
import { blobError } from '../errors.ts'
import { openBlobStore } from '../store/node-open-blob-store.ts'
import { memoryStore, type MemoryStoreOptions } from '../store/testing/node-memory-store.ts'
import { overridden } from '../store/testing/overridden.ts'
import { content, refusalOf, text } from '../testing/conformance/content.ts'
import type { LocalStore } from '../store/contract.ts'
import type { BlobId } from '../types.ts'
import { signatureOf } from './file-signature.ts'
import { putFile } from './node-put-file.ts'
import { putFiles, type PutFilesOptions, type PutFilesOutcome } from './node-put-files.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-many-files-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const plan = [{ from: 0, sizes: { min: 4_096, average: 16_384, max: 65_536 } }]

/** Small files are those of up to 4 KiB, and some 15 of them fill a batch. */
function storeOf(options: MemoryStoreOptions = {}): Promise<LocalStore> {
  return memoryStore({ plan, limits: { fileBatchBytes: 65_536 }, ...options })
}

async function all(
  store: LocalStore,
  paths: Iterable<string>,
  options?: PutFilesOptions,
): Promise<Map<string, PutFilesOutcome>> {
  const outcomes = new Map<string, PutFilesOutcome>()
  for await (const outcome of putFiles(store, paths, options)) {
    expect(outcomes.has(outcome.path)).toBe(false)
    outcomes.set(outcome.path, outcome)
  }
  return outcomes
}

async function written(folder: string, sizes: readonly number[]): Promise<string[]> {
  const paths = sizes.map((_, index) => join(folder, `${index}`))
  for (const [index, path] of paths.entries()) await writeFile(path, content(index, sizes[index] ?? 0))
  return paths
}

/** As it would be remembered of a file that was put long ago, as a blob of its own. */
async function see(store: LocalStore, path: string, blob: BlobId): Promise<void> {
  const signature = signatureOf(await stat(path, { bigint: true }))
  await store.vault.catalogue.commit([{ type: 'see-file', file: { path, signature, blob } }])
}

describe('putting many files', () => {
  test('makes of each what putting it by itself makes of it', async () => {
    const folder = await temporaryFolder()
    const sizes = [0, 1, 4_095, 4_096, 4_097, 70_000, 262_144, 300_000]
    const paths = await written(folder, [...sizes, ...Array.from({ length: 60 }, (_, index) => 3_000 + index)])
    await using store = await storeOf()
    await using other = await storeOf()
    const outcomes = await all(store, paths, { name: (path) => `n${path}` })
    expect(outcomes.size).toBe(paths.length)
    for (const path of paths) {
      const { id, size, bytesStored } = await putFile(other, path)
      expect(outcomes.get(path)).toEqual({ type: 'put', path, id, size, bytesKnown: 0, bytesStored })
      expect((await store.stat(`n${path}`))?.id).toBe(id)
    }
    expect(await store.check()).toMatchObject({ damaged: 0, missing: 0, blobsHurt: [] })
    const stats = await store.stats()
    expect(stats).toMatchObject({ blobs: paths.length, names: paths.length })
  })

  test('in threads too, and once each where they are put twice at once', async () => {
    const folder = await temporaryFolder()
    const paths = await written(
      folder,
      Array.from({ length: 300 }, (_, index) => (index * 997) % 20_000),
    )
    await using store = await openBlobStore({
      folder: join(folder, 'store'),
      keyFile: join(folder, 'key'),
      background: false,
      limits: { fileBatchBytes: 262_144 },
    })
    const [first, second] = await Promise.all([all(store, paths, { name: (path) => path }), all(store, paths)])
    let stored = 0
    for (const path of paths) {
      const [one, two] = [first.get(path), second.get(path)]
      if (one?.type !== 'put' || two?.type !== 'put') throw new Error(`${path} was put`)
      expect(one.id).toBe(two.id)
      stored += one.bytesStored + two.bytesStored
    }
    expect((await store.stats()).chunkBytes).toBe(stored)
    expect(await store.check()).toMatchObject({ damaged: 0, missing: 0, blobsHurt: [] })
  })

  test('goes on where one of them cannot be read, or named', async () => {
    const folder = await temporaryFolder()
    const [good = '', bad = '', ...rest] = await written(folder, [10, 20, 30, 5_000])
    await mkdir(join(folder, 'd'))
    await symlink(join(folder, 'nowhere'), join(folder, 'l'))
    const paths = [join(folder, 'missing'), good, join(folder, 'd'), bad, join(folder, 'l'), ...rest]
    await using store = await storeOf()
    const progress: unknown[] = []
    const outcomes = await all(store, paths, {
      name: (path) => (path === bad ? '' : path),
      onProgress: (told) => progress.push(told),
    })
    const types = paths.map((path) => outcomes.get(path)?.type)
    expect(types).toEqual(['failed', 'put', 'failed', 'failed', 'failed', 'put', 'put'])
    const codes = [...outcomes.values()].flatMap((outcome) => (outcome.type === 'failed' ? [outcome.error.code] : []))
    expect(codes).toEqual(Array.from({ length: 4 }, () => 'wrong-request'))
    expect(progress.at(-1)).toEqual({ files: 7, failed: 4, bytesRead: 5_040, bytesKnown: 0 })
    expect((await store.stats()).names).toBe(3)
  })

  test('does not read what was not changed, and names it all the same', async () => {
    const folder = await temporaryFolder()
    const [known = '', deleted = '', changed = ''] = await written(folder, [100, 200, 300])
    await using store = await storeOf()
    // Blobs of something else, so that it shows what was read.
    const { id } = await store.put(text('known'))
    const { id: gone } = await store.put(text('gone'))
    await see(store, known, id)
    await see(store, deleted, gone)
    await see(store, changed, id)
    await store.delete(gone)
    await writeFile(changed, content(9, 301))
    const options = { name: (path: string) => path }
    const outcomes = await all(store, [known, deleted, changed], options)
    expect(outcomes.get(known)).toEqual({ type: 'put', path: known, id, size: 5, bytesKnown: 5, bytesStored: 0 })
    expect(outcomes.get(deleted)).toMatchObject({ size: 200, bytesKnown: 0 })
    expect(outcomes.get(changed)).toMatchObject({ size: 301, bytesKnown: 0 })
    expect((await store.stat(known))?.id).toBe(id)
    const forced = await all(store, [known], { ...options, force: true })
    expect(forced.get(known)).toMatchObject({ size: 100, bytesKnown: 0 })
    expect((await store.stat(known))?.size).toBe(100)
  })

  test('reads again what was known and is deleted at the last moment', async () => {
    const folder = await temporaryFolder()
    const [path = ''] = await written(folder, [100])
    await using store = await storeOf()
    const { id } = await store.put(text('known'))
    await see(store, path, id)
    const { catalogue } = store.vault
    const seenFiles = catalogue.seenFiles.bind(catalogue)
    catalogue.seenFiles = async (paths) => {
      const seen = await seenFiles(paths)
      catalogue.seenFiles = seenFiles
      await store.delete(id)
      return seen
    }
    expect((await all(store, [path], { name: () => 'n' })).get(path)).toMatchObject({ size: 100, bytesKnown: 0 })
    expect((await store.stat('n'))?.size).toBe(100)
  })

  test('remembers nothing of files that were changed just before', async () => {
    const folder = await temporaryFolder()
    const paths = await written(folder, [10, 20])
    await using store = await storeOf()
    await all(store, paths)
    expect(await store.vault.catalogue.seenFiles(paths)).toEqual([undefined, undefined])
  })
})

describe('putting many files, with trouble', () => {
  test('stores what is new beside what is known, whatever lies between', async () => {
    const folder = await temporaryFolder()
    const prng = new Prng(3)
    const paths = await written(
      folder,
      Array.from({ length: 200 }, (_, index) => 500 + index),
    )
    for (const path of paths.slice(100)) {
      // Twins of others, in their batch or in another one.
      if (prng.chance(1, 3)) await writeFile(path, await readFile(prng.pick(paths.slice(0, 150))))
    }
    await using store = await storeOf({ vaultLimits: { packBytesMax: 20_000 } })
    for (const path of paths) if (prng.chance(1, 3)) await putFile(store, path, { force: true })
    const outcomes = await all(store, paths, { name: (path) => path, force: true })
    for (const path of paths) {
      const outcome = outcomes.get(path)
      if (outcome?.type !== 'put') throw new Error(`${path} was put`)
      expect(outcome.bytesKnown === 0 ? outcome.bytesStored > 0 : outcome.bytesStored === 0).toBe(true)
      const put = await store.put(await readFile(path))
      expect(put).toMatchObject({ id: outcome.id, bytesStored: 0 })
    }
    expect(await store.check()).toMatchObject({ damaged: 0, missing: 0, blobsHurt: [] })
  })

  test('keeps what it has put from collections that run beside it', async () => {
    const folder = await temporaryFolder()
    const paths = await written(
      folder,
      Array.from({ length: 150 }, () => 2_000),
    )
    await using store = await storeOf()
    const state = { isOver: false }
    const collecting = (async () => {
      while (!state.isOver) {
        await store.collectGarbage()
        await new Promise((resolve) => void setImmediate(resolve))
      }
    })()
    const outcomes = await all(store, paths)
    state.isOver = true
    await collecting
    expect([...outcomes.values()].every(({ type }) => type === 'put')).toBe(true)
    expect(await store.check()).toMatchObject({ damaged: 0, missing: 0, blobsHurt: [] })
    expect((await store.stats()).blobs).toBe(150)
  })

  test('ends where the store fails, and what it had told is there', async () => {
    const folder = await temporaryFolder()
    const paths = await written(
      folder,
      Array.from({ length: 2_000 }, (_, index) => 100 + (index % 50)),
    )
    await using inner = await storeOf()
    let calls = 0
    const store = overridden(inner, {
      putSmallFiles: (files, options) =>
        ++calls > 3
          ? Promise.reject(blobError('disk-full', 'the disk is full'))
          : (inner.putSmallFiles?.(files, options) ?? Promise.resolve([])),
    })
    const told: PutFilesOutcome[] = []
    const putting = (async () => {
      for await (const outcome of putFiles(store, paths)) told.push(outcome)
    })()
    expect(await refusalOf(putting)).toBe('disk-full')
    const ids = told.flatMap((outcome) => (outcome.type === 'put' ? [outcome.id] : []))
    expect(ids).toHaveLength(told.length)
    const rows = await Promise.all(ids.map((id) => inner.resolve(id)))
    expect(rows.map((row) => row?.id)).toEqual(ids)
  })

  test('ends where the store fails at a file that goes by itself', async () => {
    const folder = await temporaryFolder()
    const paths = await written(folder, [10, 5_000, 20])
    await using inner = await storeOf()
    const store = overridden(inner, { put: () => Promise.reject(blobError('disk-full', 'the disk is full')) })
    expect(await refusalOf(all(store, paths))).toBe('disk-full')
  })

  test('ends when it is told to, or when nobody asks for more', async () => {
    const folder = await temporaryFolder()
    const paths = await written(
      folder,
      Array.from({ length: 1_500 }, (_, index) => index),
    )
    await using store = await storeOf()
    const stop = new AbortController()
    let told = 0
    const putting = (async () => {
      for await (const _ of putFiles(store, paths, { signal: stop.signal })) if (++told === 20) stop.abort(text('no'))
    })()
    await expect(putting).rejects.toEqual(text('no'))
    expect(told).toBeLessThan(1_500)
    let isReturned = false
    const given = {
      *[Symbol.iterator]() {
        try {
          yield* paths
        } finally {
          isReturned = true
        }
      },
    }
    for await (const outcome of putFiles(store, given)) {
      expect(outcome.type).toBe('put')
      break
    }
    expect(isReturned).toBe(true)
    expect(await store.check()).toMatchObject({ damaged: 0, missing: 0 })
  })

  test('puts one by one where the store reads no files', async () => {
    const folder = await temporaryFolder()
    const paths = await written(folder, [10, 20, 70_000])
    await using inner = await storeOf()
    const outcomes = await all(overridden(inner, { putSmallFiles: undefined }), paths)
    expect([...outcomes.values()].map(({ type }) => type)).toEqual(['put', 'put', 'put'])
  })
})
