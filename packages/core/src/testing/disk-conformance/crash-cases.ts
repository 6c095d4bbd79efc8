import assert from 'node:assert/strict'
import { diskPath, type Disk } from '../../disk/index.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { bytesOf, textOf, type DiskUnderTest, type MakeDisk } from './disk-under-test.ts'

const path = diskPath('folder/file')
const other = diskPath('other')
const sectorBytes = 512
/** Enough for each of the few outcomes of a case to be drawn. */
const seeds: readonly number[] = Array.from({ length: 60 }, (_, index) => index + 1)

/** What the port says a crash may leave. */
export function crashCases(make: MakeDisk): readonly ConformanceCase[] {
  const check: Check = (name, work) => ({
    name: `after a crash: ${name}`,
    async run() {
      for (const seed of seeds) await once(await make(), seed, work)
    },
  })
  return [...fileCases(check), ...nameCases(check)]
}

type Check = (name: string, work: (disk: Disk, crash: () => Promise<Disk>) => Promise<void>) => ConformanceCase

function fileCases(check: Check): readonly ConformanceCase[] {
  return [
    check('what was synced is there, with its name and its length', async (disk, crash) => {
      const file = await disk.open(path, { create: true })
      await file.write(0, [bytesOf('x'.repeat(2_000))])
      await file.truncate(1_500)
      await file.sync()
      assert.equal(textOf(await (await crash()).read(path)), 'x'.repeat(1_500))
    }),
    check('what a later write did not sync is there by whole sectors, as before or as written', async (disk, crash) => {
      const file = await disk.open(path, { create: true })
      await file.write(0, [bytesOf('a'.repeat(1_600))])
      await file.sync()
      await file.write(100, [bytesOf('b'.repeat(1_000))])
      await file.write(600, [bytesOf('c'.repeat(2_000))])
      const left = textOf(await (await crash()).read(path)) ?? ''
      assert.ok(left.length >= 1_600 && left.length <= 2_600, `length ${left.length}`)
      const stages = [
        'a'.repeat(1_600),
        `${'a'.repeat(100)}${'b'.repeat(1_000)}${'a'.repeat(500)}`,
        `${'a'.repeat(100)}${'b'.repeat(500)}${'c'.repeat(2_000)}`,
      ].map((stage) => stage.padEnd(2_600, '\0').slice(0, left.length))
      for (let at = 0; at < left.length; at += sectorBytes) {
        const sector = left.slice(at, at + sectorBytes)
        assert.ok(
          stages.some((stage) => stage.slice(at, at + sectorBytes) === sector),
          `sector at ${at}: ${sector}`,
        )
      }
    }),
    check('the length is between the shortest and the longest since the last sync', async (disk, crash) => {
      const file = await disk.open(path, { create: true })
      await file.write(0, [bytesOf('a'.repeat(1_000))])
      await file.sync()
      await file.truncate(10)
      await file.write(500, [bytesOf('b'.repeat(1_500))])
      const length = (await (await crash()).read(path))?.length ?? 0
      assert.ok(length >= 10 && length <= 2_000, `length ${length}`)
    }),
    check('what was written to a durable file is there, without a sync', async (disk, crash) => {
      const file = await disk.open(path, { create: true, durable: true })
      await file.write(0, [bytesOf('x'.repeat(1_000)), bytesOf('y'.repeat(1_000))])
      await file.write(500, [bytesOf('z')])
      const expected = `${'x'.repeat(500)}z${'x'.repeat(499)}${'y'.repeat(1_000)}`
      assert.equal(textOf(await (await crash()).read(path)), expected)
    }),
    check('a sync covers what was written before it, not what comes after', async (disk, crash) => {
      const file = await disk.open(path, { create: true })
      await file.write(0, [bytesOf('before')])
      const syncing = file.sync()
      const writing = file.write(sectorBytes, [bytesOf('after')])
      await Promise.all([syncing, writing])
      assert.equal(textOf((await (await crash()).read(path))?.slice(0, 6)), 'before')
    }),
  ]
}

function nameCases(check: Check): readonly ConformanceCase[] {
  return [
    check('replace, rename and remove have happened', async (disk, crash) => {
      await disk.replace(path, bytesOf('first'))
      await disk.replace(path, bytesOf('second'))
      await disk.rename(path, other)
      await disk.replace(path, bytesOf('third'))
      await disk.remove(path)
      const left = await crash()
      assert.equal(textOf(await left.read(other)), 'second')
      assert.equal(await left.read(path), undefined)
    }),
    check('a replace that was on its way has happened wholly or not at all', async (disk, crash) => {
      await disk.replace(path, bytesOf('a'.repeat(3_000)))
      disk.replace(path, bytesOf('b'.repeat(5_000))).catch(() => {}) // A disk that is gone may say so, or nothing.
      const left = textOf(await (await crash()).read(path))
      assert.ok(left === 'a'.repeat(3_000) || left === 'b'.repeat(5_000), left)
    }),
    check('a new file that was never synced is gone, or has what its writes allow', async (disk, crash) => {
      const file = await disk.open(path, { create: true })
      await file.write(0, [bytesOf('new')])
      assert.ok(
        [undefined, '', 'n', 'ne', 'new', '\0', '\0\0', '\0\0\0'].includes(textOf(await (await crash()).read(path))),
      )
    }),
  ]
}

async function once(
  test: DiskUnderTest,
  seed: number,
  work: (disk: Disk, crash: () => Promise<Disk>) => Promise<void>,
): Promise<void> {
  const { crash } = test
  assert.ok(crash, 'a disk whose crashes are to be checked can crash')
  try {
    await work(test.disk, () => crash(seed))
  } catch (error) {
    throw new Error(`with seed ${seed}`, { cause: error })
  }
}
