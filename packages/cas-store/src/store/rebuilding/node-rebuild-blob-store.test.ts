import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { assertHolds, content, refusalOf, text } from '../../testing/conformance/content.ts'
import type { BlobId } from '../../types.ts'
import type { LocalStore } from '../contract.ts'
import { openBlobStore } from '../node-open-blob-store.ts'
import { rebuiltNote } from './rebuilt-note.ts'
import { rebuildBlobStore, type RebuildReport } from './node-rebuild-blob-store.ts'

class Home {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  static async make(): Promise<Home> {
    const path = await mkdtemp(join(tmpdir(), 'flotilla-rebuild-'))
    onTestFinished(() => rm(path, { recursive: true, force: true }))
    return new Home(path)
  }

  get #options() {
    return { folder: join(this.path, 'store'), keyFile: join(this.path, 'key'), threads: 1, background: false }
  }

  open(): Promise<LocalStore> {
    return openBlobStore(this.#options)
  }

  rebuild(blobs: 'found' | 'none' = 'found', keyFile: string = this.#options.keyFile): Promise<RebuildReport> {
    return rebuildBlobStore({ ...this.#options, keyFile, blobs })
  }

  at(name: string): string {
    return join(this.path, 'store', name)
  }

  /** All but the packs and the copy of the keys. */
  async loseCatalogue(): Promise<void> {
    for (const name of await this.files()) if (name.startsWith('catalogue')) await rm(this.at(name))
  }

  files(): Promise<readonly string[]> {
    return readdir(join(this.path, 'store'))
  }
}

const large = content(1, 400_000)
const small = text('a small one')

/** What there is to be lost: lists of lists, a blob of one chunk, one that is empty, two keys, and what was deleted. */
async function filled(): Promise<{ readonly home: Home; readonly ids: readonly BlobId[] }> {
  const home = await Home.make()
  await using store = await home.open()
  const ids: BlobId[] = []
  ids.push((await store.put(large, { name: 'large' })).id)
  await store.rotateKey()
  ids.push((await store.put(small, { name: 'small' })).id, (await store.put(text(''))).id)
  const { id } = await store.put(content(2, 50_000))
  await store.delete(id)
  await store.collectGarbage()
  return { home, ids }
}

const idsOf = async (store: LocalStore): Promise<readonly string[]> => (await store.listIds()).map(({ id }) => id)

describe('a store whose catalogue', () => {
  test('is lost has all of its blobs again, without their names, and goes on', async () => {
    const { home, ids } = await filled()
    await home.loseCatalogue()
    expect(await refusalOf(home.open())).toBe('wrong-key')
    const report = await home.rebuild()
    // The attempt to open it has made a new one, which knows nothing.
    expect(report).toMatchObject({ blobs: 3, bytesPassedOver: 0, keptAs: 'catalogue.sqlite.unreadable-1' })
    {
      await using store = await home.open()
      expect(await idsOf(store)).toEqual(ids.toSorted())
      expect(await store.list()).toEqual([])
      expect(await store.check()).toMatchObject({ damaged: 0, missing: 0, blobsHurt: [] })
      await store.collectGarbage()
      await assertHolds(store, ids[0] ?? '', large)
      await assertHolds(store, ids[1] ?? '', small)
      expect((await store.put(small, { name: 'again' })).bytesStored).toBe(0)
      await store.rotateKey()
    }
    await using store = await home.open()
    await assertHolds(store, 'again', small)
  })

  test('cannot be read is kept, whatever else there is of it', async () => {
    const { home, ids } = await filled()
    const damaged = Buffer.from(await readFile(home.at('catalogue.sqlite'))).fill(7, 0, 4_096)
    for (const number of [1, 2]) {
      await writeFile(home.at('catalogue.sqlite'), damaged)
      // As an attempt leaves it that was cut off.
      await writeFile(home.at('catalogue-rebuilt.sqlite'), 'half of one')
      expect(await refusalOf(home.open())).toBe('corrupt')
      const keptAs = `catalogue.sqlite.unreadable-${number}`
      expect(await home.rebuild()).toMatchObject({ blobs: 3, keptAs })
      expect(await readFile(home.at(keptAs))).toEqual(damaged)
    }
    await using store = await home.open()
    expect(await idsOf(store)).toEqual(ids.toSorted())
  })

  test('is that of one node of several has the chunks only, so that nothing deleted comes back by it', async () => {
    const { home } = await filled()
    await home.loseCatalogue()
    const { chunks, blobs } = await home.rebuild('none')
    expect([blobs, chunks > 5]).toEqual([0, true])
    await using store = await home.open()
    expect(await idsOf(store)).toEqual([])
    expect((await store.put(large)).bytesStored).toBe(0)
    // Nothing is collected until the others have said what is needed.
    expect(Number(await store.vault.catalogue.note(rebuiltNote))).toBeGreaterThan(0)
  })

  test('can be read is left alone', async () => {
    const { home } = await filled()
    const before = await readFile(home.at('catalogue.sqlite'))
    expect(await refusalOf(home.rebuild())).toBe('wrong-request')
    {
      await using _store = await home.open()
      expect(await refusalOf(home.rebuild())).toBe('in-use')
    }
    expect((await readFile(home.at('catalogue.sqlite'))).length).toBe(before.length)
  })

  test('is lost together with the keys, or the secret, is not rebuilt, and nothing is changed', async () => {
    const { home } = await filled()
    await writeFile(home.at('catalogue.sqlite'), 'no database at all, and longer than nothing')
    const before = await home.files()
    expect(await refusalOf(home.rebuild('found', join(home.path, 'another key')))).toBe('wrong-key')
    const keys = await readFile(home.at('keys'))
    await writeFile(home.at('keys'), keys.subarray(1))
    expect(await refusalOf(home.rebuild())).toBe('wrong-key')
    const after = (await home.files()).filter((name) => !name.startsWith('catalogue-rebuilt'))
    expect(after).toEqual(before.filter((name) => !name.startsWith('catalogue-rebuilt')))
    await writeFile(home.at('keys'), keys)
    expect((await home.rebuild()).blobs).toBe(3)
  })

  test('is lost beside a damaged pack has what is whole', async () => {
    const home = await Home.make()
    const ids: BlobId[] = []
    {
      await using store = await home.open()
      for (const bytes of [large, content(3, 5_000)]) ids.push((await store.put(bytes)).id)
    }
    await home.loseCatalogue()
    const [pack = ''] = (await readdir(home.at('packs'), { recursive: true })).filter((name) => name.endsWith('.pack'))
    const bytes = await readFile(home.at(join('packs', pack)))
    // In the midst of the large one's content, which comes first and is most of it.
    const place = bytes.length >> 1
    bytes[place] = (bytes[place] ?? 0) ^ 1
    await writeFile(home.at(join('packs', pack)), bytes)
    const report = await home.rebuild()
    expect(report.bytesPassedOver).toBeGreaterThan(10_000)
    await using store = await home.open()
    const { blobsHurt, missing } = await store.check()
    expect([blobsHurt, missing]).toEqual([[ids[0]], 1])
    await assertHolds(store, ids[1] ?? '', content(3, 5_000))
  })

  test('is lost beside packs of another node of its cluster has its own chunks, and none of theirs', async () => {
    // The same ids and the same epoch, sealed with another key.
    const identity = new Uint8Array(32).fill(9)
    const options = async () => {
      const { path } = await Home.make()
      return { folder: join(path, 'store'), keyFile: join(path, 'key'), threads: 1, identity, background: false }
    }
    const [mine, theirs] = [await options(), await options()]
    for (const one of [mine, theirs]) {
      await using store = await openBlobStore(one)
      for (const bytes of [large, small]) await store.put(bytes)
    }
    await cp(join(theirs.folder, 'packs'), join(mine.folder, 'packs'), { recursive: true })
    await rm(join(mine.folder, 'catalogue.sqlite'))
    const { chunks, bytesPassedOver } = await rebuildBlobStore({ ...mine, blobs: 'found' })
    await using store = await openBlobStore(mine)
    expect(await store.check()).toMatchObject({ damaged: 0, missing: 0 })
    expect((await store.stats()).chunks).toBe(chunks)
    expect(bytesPassedOver).toBeGreaterThan(large.length)
    expect((await store.put(large)).bytesStored).toBe(0)
  })
})
