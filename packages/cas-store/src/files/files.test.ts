import { appendFile, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BlobContent } from '../blobs.ts'
import type { LocalStore } from '../store/contract.ts'
import { overridden } from '../store/testing/overridden.ts'
import { memoryStore } from '../store/testing/node-memory-store.ts'
import { assertHolds, content, refusalOf, text } from '../testing/conformance/content.ts'
import type { BlobId } from '../types.ts'
import { isSettled, settledAfterMs, type FileFacts } from './file-signature.ts'
import { getFile } from './node-get-file.ts'
import { putFile } from './node-put-file.ts'

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-files-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Counts what is read in full. */
function counted(store: LocalStore): { readonly store: LocalStore; readonly reads: () => number } {
  let reads = 0
  const watched = overridden(store, {
    put(source, options) {
      reads++
      return store.put(source, options)
    },
  })
  return { store: watched, reads: () => reads }
}

async function see(store: LocalStore, path: string, file: string): Promise<void> {
  const facts = await stat(path, { bigint: true })
  const signature = `${facts.size} ${facts.mtimeNs} ${facts.ctimeNs} ${facts.ino} ${facts.dev}`
  const { id } = await store.put(await readFile(file))
  await store.vault.catalogue.commit([{ type: 'see-file', file: { path, signature, blob: id } }])
}

describe('putting a file', () => {
  test('takes what is in it, whatever its size', async () => {
    const folder = await temporaryFolder()
    await using store = await memoryStore({ plan: [{ from: 0, sizes: { min: 4_096, average: 16_384, max: 65_536 } }] })
    for (const size of [0, 1, 4_096, 262_144, 262_145, 3_000_001]) {
      const path = join(folder, String(size))
      await writeFile(path, content(size, size))
      const put = await putFile(store, path, { name: `f${size}` })
      expect(put.size).toBe(size)
      await assertHolds(store, `f${size}`, content(size, size))
    }
  })

  test('does not read again what was not changed, and names it all the same', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a')
    await using inner = await memoryStore()
    const { store, reads } = counted(inner)
    await writeFile(path, text('one'))
    await see(inner, path, path)
    expect(await putFile(store, path, { name: 'n' })).toMatchObject({ size: 3, bytesKnown: 3, bytesStored: 0 })
    expect(reads()).toBe(0)
    await assertHolds(store, 'n', text('one'))
    await putFile(store, path, { force: true })
    expect(reads()).toBe(1)
    await inner.delete('n')
    await putFile(store, path, { name: 'm' })
    expect(reads()).toBe(2)
    await assertHolds(store, 'm', text('one'))
  })

  test('reads again what was changed, however it was', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a')
    await using store = await memoryStore()
    await writeFile(path, text('one'))
    await see(store, path, path)
    const before = await stat(path)
    await writeFile(path, text('two'))
    await utimes(path, before.atime, before.mtime)
    expect((await putFile(store, path, { name: 'n' })).bytesKnown).toBe(0)
    await assertHolds(store, 'n', text('two'))
    await rm(path)
    await writeFile(path, text('six'))
    await putFile(store, path, { name: 'n' })
    await assertHolds(store, 'n', text('six'))
  })

  test('remembers nothing of a file that was changed just before, or while it was read', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a')
    await using store = await memoryStore()
    await writeFile(path, text('one'))
    await putFile(store, path)
    expect(await store.vault.catalogue.seenFile(path)).toBeUndefined()
    const facts: FileFacts = { size: 1n, mtimeNs: 5_000_000_000n, ctimeNs: 6_000_000_000n, ino: 1n, dev: 1n }
    expect(isSettled(facts, facts, 6_000 + settledAfterMs)).toBe(false)
    expect(isSettled(facts, facts, 6_001 + settledAfterMs)).toBe(true)
    for (const key of ['size', 'mtimeNs', 'ctimeNs', 'ino', 'dev'] as const) {
      expect(isSettled(facts, { ...facts, [key]: 7n }, 100_000)).toBe(false)
    }
  })

  test('of a file that grows while it is read takes what it was told', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'a')
    await writeFile(path, content(1, 600_000))
    await using store = await memoryStore({ plan: [{ from: 0, sizes: { min: 4_096, average: 16_384, max: 65_536 } }] })
    const putting = putFile(store, path, { name: 'n' })
    await appendFile(path, content(2, 600_000))
    const { size } = await putting
    expect(size).toBeGreaterThanOrEqual(600_000)
    expect((await store.stat('n'))?.size).toBe(size)
  })

  test('says what is wrong with what cannot be read', async () => {
    const folder = await temporaryFolder()
    await using store = await memoryStore()
    expect(await refusalOf(putFile(store, folder))).toBe('wrong-request')
    expect(await refusalOf(putFile(store, join(folder, 'missing')))).toBe('wrong-request')
    expect(await store.listIds()).toEqual([])
  })
})

describe('getting a file', () => {
  test('writes all of it or a range, over what was there, and leaves nothing else', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'out')
    await using store = await memoryStore({ plan: [{ from: 0, sizes: { min: 4_096, average: 16_384, max: 65_536 } }] })
    const bytes = content(1, 6_000_000)
    const { id } = await store.put(bytes, { name: 'a' })
    await writeFile(path, text('old'))
    expect(await getFile(store, 'a', path)).toEqual({ id, bytesWritten: 6_000_000 })
    expect(Buffer.compare(await readFile(path), bytes)).toBe(0)
    await getFile(store, 'a', path, { range: { start: 10, length: 20 }, durable: false })
    expect(Buffer.compare(await readFile(path), bytes.subarray(10, 30))).toBe(0)
    await getFile(store, (await store.put(text(''))).id, path)
    expect((await readFile(path)).length).toBe(0)
    expect(await readdir(folder)).toEqual(['out'])
  })

  test('leaves what was there when it fails', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'out')
    await using store = await memoryStore()
    await writeFile(path, text('old'))
    expect(await refusalOf(getFile(store, 'missing', path))).toBe('not-found')
    const { id } = await store.put(content(1, 20_000))
    const row = await store.resolve(id)
    const [place] = await store.vault.catalogue.places(row === undefined ? [] : [row.root])
    if (row === undefined || place === undefined) throw new Error('it was put')
    await store.vault.catalogue.commit([{ type: 'drop-chunks', chunks: [{ id: row.root, place }] }])
    expect(await refusalOf(getFile(store, id, path))).toBe('unavailable')
    expect(await refusalOf(getFile(store, (await store.put(text('x'))).id, join(folder, 'no', 'out')))).toBe(
      'wrong-request',
    )
    expect(Buffer.compare(await readFile(path), text('old'))).toBe(0)
    expect(await readdir(folder)).toEqual(['out'])
  })

  test('from pieces that are only lent, of any size', async () => {
    const path = join(await temporaryFolder(), 'out')
    await using store = await memoryStore()
    const all = content(7, 3_000_000)
    const memory = new Uint8Array(new SharedArrayBuffer(all.length))
    const sizes = [1, 70_000, 131_072, 5, 500_000, 131_071, 900_000, 200_000, 300_000, 767_851]
    const lent = async function* (): AsyncGenerator<Uint8Array> {
      let at = 0
      for (const size of sizes) {
        const piece = memory.subarray(0, size)
        piece.set(all.subarray(at, (at += size)))
        yield piece
        piece.fill(0)
      }
    }
    const range = { start: 0, length: all.length }
    const id = 'ab'.repeat(32) as BlobId
    const get = async (): Promise<BlobContent> => ({
      id,
      size: all.length,
      range,
      [Symbol.asyncIterator]: () => lent()[Symbol.asyncIterator](),
    })
    expect(await getFile(overridden(store, { get }), id, path)).toEqual({ id, bytesWritten: all.length })
    expect(Buffer.compare(await readFile(path), all)).toBe(0)
  })
})
