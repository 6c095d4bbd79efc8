import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chunkPlanDefault } from '../chunking/plan.ts'
import type { LocalStore } from '../store/contract.ts'
import { assertHolds, content, refusalOf, stream } from '../testing/conformance/content.ts'
import { openSmallStore, packsInFolder } from './node-small-store.ts'
import { assertClean } from './node-victim-lanes.ts'

const diskBytes = 24 * 2 ** 20
const blobBytes = 500_000
/** As people have it: with tiny chunks the catalogue would take as much room as the content. */
const settings = { plan: chunkPlanDefault, vaultLimits: { packBytesMax: 2 * 2 ** 20 } }

/** Of blobs by their number, which is also what their content is made of. */
type Stored = Map<number, string>

describe('on a disk that fills', () => {
  let folder = ''
  let disk = ''
  let isMounted = false

  beforeEach(async ({ skip }) => {
    folder = await mkdtemp(join(tmpdir(), 'flotilla-full-'))
    disk = join(folder, 'store')
    await mkdir(disk)
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', disk], { stdio: 'pipe' })
      isMounted = true
    } catch {
      skip('not run, because only root may mount the small disk that it fills')
    }
  })

  afterEach(async () => {
    // Lazily, so that whatever a failed test has left open there does not keep it.
    if (isMounted) execFileSync('umount', ['--lazy', disk])
    isMounted = false
    await rm(folder, { recursive: true })
  })

  test('puts are refused clearly, what was acknowledged stays, and deleting makes room', async () => {
    await using store = await openSmallStore(folder, settings)
    const stored = await fillByPuts(store)
    expect(stored.size).toBeGreaterThan(20)
    await expect(store.put(content(9_999, blobBytes))).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/left|full|room|space/) as string,
    })
    await expectAll(store, stored)
    assertClean(await store.check())

    // What is no blob and brings nothing new still finds its room.
    await store.name('another name', 'blob 1')
    expect(await store.unname('another name')).toBe(true)
    await deleteEveryOther(store, stored)
    const { bytesFreed } = await store.collectGarbage()
    expect(bytesFreed).toBeGreaterThan(diskBytes / 4)
    await putMore(store, stored, 1_000, 10)
    await expectAll(store, stored)
    assertClean(await store.check())
  })

  test('many puts at once, and one that is larger than the disk, leave nothing behind', async () => {
    await using store = await openSmallStore(folder, settings)
    const stored: Stored = new Map()
    await putMore(store, stored, 1, 3)
    expect(await refusalOf(store.put(stream(content(7, 2 * diskBytes), 65_536), { name: 'too large' }))).toBe(
      'disk-full',
    )
    const numbers = Array.from({ length: 100 }, (_, index) => 100 + index)
    const outcomes = await Promise.allSettled(numbers.map((number) => putOne(store, stored, number)))
    const refusals = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as { readonly code?: string }).code] : [],
    )
    expect(refusals.length).toBeGreaterThan(30)
    expect(new Set(refusals)).toEqual(new Set(['disk-full']))
    expect(await store.stat('too large')).toBeUndefined()
    await expectAll(store, stored)
    assertClean(await store.check())
    await store.collectGarbage()
    expect((await packsInFolder(folder)).length).toBe((await store.vault.catalogue.packs()).length)
    await deleteEveryOther(store, stored)
    await store.collectGarbage()
    await putMore(store, stored, 1_000, 10)
    await expectAll(store, stored)
    assertClean(await store.check())
  })

  test('others fill it to the last byte: nothing is lost, and it goes on when there is room', async () => {
    const stored: Stored = new Map()
    {
      await using store = await openSmallStore(folder, settings)
      await putMore(store, stored, 1, 10)
      await fillWholly(disk)
      for (let number = 100; number < 110; number++) {
        expect(await refusalOf(store.put(content(number, blobBytes)))).toBe('disk-full')
      }
      await expectAll(store, stored)
      // The catalogue itself has no room now. What it refuses did not happen.
      for (const number of [...stored.keys()].slice(0, 5)) {
        const refusal = await refusalOf(store.delete(`blob ${number}`))
        expect(refusal).toMatch(/^(nothing|disk-full)$/)
        if (refusal === 'nothing') stored.delete(number)
      }
      await expectAll(store, stored)
      expect(await refusalOf(store.rotateKey())).toMatch(/^(nothing|disk-full)$/)
      expect(await refusalOf(store.collectGarbage())).toMatch(/^(nothing|disk-full)$/)
      assertClean(await store.check())
      await rm(join(disk, 'filler'))
      await putMore(store, stored, 200, 3)
      await fillWholly(disk)
    }
    // Where there is no room at all it opens or says why not.
    expect(await refusalOf(openAndClose(folder))).toMatch(/^(nothing|disk-full)$/)
    await rm(join(disk, 'filler'))
    await using store = await openSmallStore(folder, settings)
    await expectAll(store, stored)
    await deleteEveryOther(store, stored)
    await store.collectGarbage()
    await putMore(store, stored, 300, 3)
    await expectAll(store, stored)
    assertClean(await store.check())
  })
})

async function openAndClose(folder: string): Promise<void> {
  await (await openSmallStore(folder, settings))[Symbol.asyncDispose]()
}

async function putOne(store: LocalStore, stored: Stored, number: number): Promise<void> {
  const { id } = await store.put(content(number, blobBytes), { name: `blob ${number}` })
  stored.set(number, id)
}

async function putMore(store: LocalStore, stored: Stored, first: number, count: number): Promise<void> {
  for (let number = first; number < first + count; number++) await putOne(store, stored, number)
}

async function fillByPuts(store: LocalStore): Promise<Stored> {
  const stored: Stored = new Map()
  for (let number = 1; number < diskBytes / blobBytes; number++) {
    const refusal = await refusalOf(putOne(store, stored, number))
    if (refusal === 'nothing') continue
    expect(refusal).toBe('disk-full')
    return stored
  }
  throw new Error('the disk was never full')
}

async function deleteEveryOther(store: LocalStore, stored: Stored): Promise<void> {
  for (const number of [...stored.keys()].filter((_, index) => index % 2 === 0)) {
    expect(await store.delete(`blob ${number}`)).toBe(true)
    stored.delete(number)
  }
}

/** All of it is there, byte for byte, and nothing else. */
async function expectAll(store: LocalStore, stored: Stored): Promise<void> {
  const found = await store.list()
  expect(found.map(({ name }) => name)).toEqual([...stored.keys()].map((number) => `blob ${number}`).toSorted())
  expect((await store.listIds()).map(({ id }) => id)).toEqual([...stored.values()].toSorted())
  for (const number of stored.keys()) await assertHolds(store, `blob ${number}`, content(number, blobBytes))
}

/** A file of somebody else. */
async function fillWholly(disk: string): Promise<void> {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(join(disk, 'filler'), new Uint8Array(bavail * bsize))
  expect((await statfs(disk)).bavail).toBe(0)
}
