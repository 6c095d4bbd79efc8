import { diskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { memoryDisk, RecordingLogger } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { Catalogue, CatalogueChange, CatalogueDamage, KeyRow } from '../../catalogue/contract.ts'
import type { KeyEpoch } from '../../types.ts'
import { KeyCopy } from './key-copy.ts'
import { openKeyRows, type KeyRows } from './key-rows.ts'
import { wrappedKeyBytes } from './wrapped-key.ts'

/** `recipe`: how it is wrapped. */
function row(epoch: number, recipe: number = 1): KeyRow {
  const wrapped = new Prng(epoch + 1).bytes(wrappedKeyBytes)
  wrapped.fill(recipe, 8, 28)
  return { epoch: epoch as KeyEpoch, wrapped, atMs: epoch }
}

const set = (key: KeyRow): CatalogueChange => ({ type: 'set-key', key })
const remove = (epoch: number): CatalogueChange => ({ type: 'remove-key', epoch: epoch as KeyEpoch })

/** A store's folder, of which anything can be lost. */
class Folder {
  readonly disk = memoryDisk().open()
  readonly copy: KeyCopy = new KeyCopy(this.disk)
  readonly logger: RecordingLogger = new RecordingLogger()
  rows: readonly KeyRow[] = []
  /** Epochs as they stand there, of rows that are not what was written. */
  damaged: readonly number[] = []
  commits = 0
  fails = false
  knowsNoChunks = false
  /** Of all chunks. */
  sealedWith: readonly number[] = [1, 2, 2]

  open(): Promise<KeyRows> {
    const { disk, logger, knowsNoChunks } = this
    const keys = (): Promise<readonly KeyRow[]> =>
      this.damaged.length === 0 ? Promise.resolve(this.rows) : Promise.reject(new FlotillaError('corrupt', 'planted'))
    const commit = (changes: readonly CatalogueChange[]): Promise<void> => {
      if (this.fails) return Promise.reject(new FlotillaError('disk-full', 'planted'))
      this.commits++
      for (const change of changes) this.#change(change)
      return Promise.resolve()
    }
    const mend = (): Promise<readonly CatalogueDamage[]> => {
      const found = this.damaged.map((epoch) => ({ table: 'keys', row: String(epoch), why: 'planted' }))
      this.damaged = []
      return Promise.resolve(found)
    }
    const chunkCountBefore = (epoch: number): Promise<number> =>
      Promise.resolve(this.sealedWith.filter((other) => other < epoch).length)
    const chunks = this.sealedWith.length
    const counts: Catalogue['counts'] = () =>
      Promise.resolve({ chunks, chunkBytes: 0, blobs: 0, blobBytes: 0, names: 0 })
    return openKeyRows({ disk, logger, knowsNoChunks, catalogue: { keys, commit, mend, counts, chunkCountBefore } })
  }

  /** In one life after the other, as a store does. */
  async live(...changes: readonly CatalogueChange[]): Promise<void> {
    const { commit, settle } = await this.open()
    await settle()
    if (changes.length > 0) await commit(changes)
  }

  get epochs(): readonly number[] {
    return this.rows.map(({ epoch }) => epoch)
  }

  #change(change: CatalogueChange): void {
    if (change.type !== 'set-key' && change.type !== 'remove-key') return
    const epoch = change.type === 'set-key' ? change.key.epoch : change.epoch
    this.damaged = this.damaged.filter((other) => other !== epoch)
    const others = this.rows.filter((other) => other.epoch !== epoch)
    const rows = change.type === 'set-key' ? [...others, change.key] : others
    this.rows = rows.toSorted((one, other) => one.epoch - other.epoch)
  }
}

async function filled(): Promise<Folder> {
  const folder = new Folder()
  folder.knowsNoChunks = true
  await folder.live(set(row(0)), set(row(1)))
  folder.knowsNoChunks = false
  await folder.live(set(row(2)))
  return folder
}

describe('the wrapped keys of a store', () => {
  test('stand in the copy too, with each change, durably before it counts', async () => {
    const folder = await filled()
    expect(await folder.copy.read()).toEqual(folder.rows)
    await folder.live(remove(1), set(row(2, 9)), set(row(0, 9)))
    expect(await folder.copy.read()).toEqual([row(0, 9), row(2, 9)])
    const { commit } = await folder.open()
    folder.fails = true
    await expect(commit([set(row(3))])).rejects.toMatchObject({ code: 'disk-full' })
    folder.fails = false
    await commit([set(row(4, 9))])
    expect(await folder.copy.read()).toEqual([row(0, 9), row(2, 9), row(4, 9)])
  })

  test('are copied where there is no copy yet, or one that is damaged, and otherwise left alone', async () => {
    const folder = await filled()
    const { commits } = folder
    await folder.disk.remove(diskPath('keys'))
    await folder.live()
    expect(await folder.copy.read()).toEqual(folder.rows)
    await folder.disk.replace(diskPath('keys'), new Uint8Array(99))
    await folder.live()
    expect(await folder.copy.read()).toEqual(folder.rows)
    expect(folder.commits).toBe(commits)
    expect(folder.logger.entries.map(({ level }) => level)).toEqual(['warn'])
  })

  test.each([[0], [1], [2], [0, 1, 2]])('that the catalogue has lost come back from the copy: %j', async (...lost) => {
    const folder = await filled()
    const all = folder.rows
    folder.rows = all.filter(({ epoch }) => !lost.includes(epoch))
    const { rows, settle } = await folder.open()
    expect(rows).toEqual(all)
    expect(folder.epochs).not.toEqual([0, 1, 2])
    await settle()
    expect(folder.rows).toEqual(all)
    expect(folder.logger.entries).toMatchObject([{ level: 'error' }])
  })

  test.each([[1], [0, 2], [77]])(
    'that are damaged in the catalogue come back from the copy: %j',
    async (...damaged) => {
      const folder = await filled()
      const all = folder.rows
      folder.rows = all.filter(({ epoch }) => epoch !== 0)
      folder.damaged = damaged
      const { rows, settle } = await folder.open()
      expect(rows).toEqual(all)
      await settle()
      expect([folder.rows, folder.damaged]).toEqual([all, []])
    },
  )

  test('that nobody has whole are damage, and nothing is written', async () => {
    const folder = await filled()
    folder.damaged = [1]
    const { commits } = folder
    await folder.disk.replace(diskPath('keys'), new Uint8Array(99))
    await expect(folder.open()).rejects.toMatchObject({ code: 'corrupt' })
    expect([folder.commits, await folder.copy.read()]).toEqual([commits, 'damaged'])
  })

  test('that are damaged in the catalogue do not come back from a copy that lacks one that is needed', async () => {
    const folder = await filled()
    const earlier = await folder.disk.read(diskPath('keys'))
    await folder.live(set(row(3)))
    await folder.disk.replace(diskPath('keys'), earlier ?? new Uint8Array())
    folder.damaged = [1]
    folder.sealedWith = [2, 3]
    const { commits } = folder
    await expect(folder.open()).rejects.toMatchObject({ code: 'corrupt' })
    expect([folder.commits, folder.epochs]).toEqual([commits, [0, 1, 2, 3]])
    folder.sealedWith = [1, 2]
    expect((await folder.open()).rows.map(({ epoch }) => epoch)).toEqual([0, 1, 2])
  })

  test('of a secret that was changed are not mixed with those of the one before', async () => {
    const folder = await filled()
    folder.rows = [row(0, 9), row(2, 9)]
    await folder.live()
    expect(await folder.copy.read()).toEqual([row(0, 9), row(2, 9)])
  })

  test('are not given to a catalogue that is new, which would take all packs for waste', async () => {
    const folder = await filled()
    const before = folder.rows
    folder.rows = []
    folder.knowsNoChunks = true
    const { rows, settle, commit } = await folder.open()
    expect(rows).toEqual([])
    await settle()
    expect(await folder.copy.read()).toEqual(before)
    // Where a new store begins all the same, they are still there for whoever knows what to do with them.
    await commit([set(row(0, 5)), set(row(1, 5))])
    expect(await folder.copy.read()).toEqual([row(0, 5), row(1, 5)])
    expect(await folder.disk.list('')).toEqual(['keys', 'keys-earlier'])
  })
})
