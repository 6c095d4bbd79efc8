import assert from 'node:assert/strict'
import { diskPath, type Disk } from '../../disk/index.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { bytesOf, refuses, textOf, type DiskUnderTest, type MakeDisk } from './disk-under-test.ts'

const one = diskPath('one')
const two = diskPath('a/two')
const deep = diskPath('a/b/c/deep.bin')

/** What the port says about the disk as a whole. */
export function diskCases(make: MakeDisk): readonly ConformanceCase[] {
  const check: Check = (name, work) => ({
    name,
    async run() {
      const test = await make()
      await work(test.disk, test)
      await test.disk[Symbol.asyncDispose]()
    },
  })
  return [...openingCases(check), ...namingCases(check), ...closingCases(check)]
}

type Check = (name: string, work: (disk: Disk, test: DiskUnderTest) => Promise<void>) => ConformanceCase

function openingCases(check: Check): readonly ConformanceCase[] {
  return [
    check('a missing file is not found, or created where that is asked', async (disk) => {
      await refuses('not-found', () => disk.open(one))
      await refuses('not-found', () => disk.open(deep))
      await (await disk.open(deep, { create: true }))[Symbol.asyncDispose]()
      assert.equal((await disk.open(deep)).size, 0)
    }),
    check('creating a file that is there opens it as it is', async (disk) => {
      await disk.replace(one, bytesOf('kept'))
      assert.equal((await disk.open(one, { create: true })).size, 4)
    }),
    check('a file has one opener at a time', async (disk) => {
      const file = await disk.open(one, { create: true })
      await refuses('in-use', () => disk.open(one))
      await refuses('in-use', () => disk.replace(one, bytesOf('x')))
      await refuses('in-use', () => disk.remove(one))
      await disk.replace(two, bytesOf('x'))
      await refuses('in-use', () => disk.rename(one, two))
      await refuses('in-use', () => disk.rename(two, one))
      assert.equal(textOf(await disk.read(one)), '', 'an open file may be read as a whole')
      await file[Symbol.asyncDispose]()
      await (await disk.open(one))[Symbol.asyncDispose]()
    }),
    check('two that open at once: one gets it', async (disk) => {
      const outcomes = await Promise.allSettled([disk.open(one, { create: true }), disk.open(one, { create: true })])
      assert.deepEqual(outcomes.map((outcome) => outcome.status).toSorted(), ['fulfilled', 'rejected'])
    }),
    check('a file is no folder, and a folder no file', async (disk) => {
      await disk.replace(two, bytesOf('x'))
      await refuses('wrong-path', () => disk.open(diskPath('a/two/three'), { create: true }))
      await refuses('wrong-path', () => disk.replace(diskPath('a'), bytesOf('x')))
      await refuses('wrong-path', () => disk.rename(two, diskPath('a')))
      await refuses('wrong-path', () => disk.remove(diskPath('a')))
      await refuses('wrong-path', () => disk.open(diskPath('a')))
      await refuses('wrong-path', () => disk.read(diskPath('a')))
      assert.equal(textOf(await disk.read(two)), 'x')
    }),
  ]
}

function namingCases(check: Check): readonly ConformanceCase[] {
  return [
    check('a replace makes the file, or puts the bytes in place of all of it', async (disk) => {
      assert.equal(await disk.read(two), undefined)
      await disk.replace(two, bytesOf('a long first text'))
      assert.equal(textOf(await disk.read(two)), 'a long first text')
      await disk.replace(two, bytesOf('short'))
      assert.equal(textOf(await disk.read(two)), 'short')
      await disk.replace(two, new Uint8Array(0))
      assert.equal(textOf(await disk.read(two)), '')
    }),
    check('operations on one path happen in the order of the calls', async (disk) => {
      const replaced = Array.from({ length: 10 }, (_, index) => disk.replace(one, bytesOf(`${index}`)))
      const renamed = disk.rename(one, two)
      const read = disk.read(two)
      await Promise.all([...replaced, renamed])
      assert.equal(textOf(await read), '9')
    }),
    check('a rename replaces what stood there', async (disk) => {
      await disk.replace(one, bytesOf('one'))
      await disk.replace(two, bytesOf('two'))
      await disk.rename(one, two)
      assert.equal(await disk.read(one), undefined)
      assert.equal(textOf(await disk.read(two)), 'one')
      await disk.rename(two, deep)
      assert.equal(textOf(await disk.read(deep)), 'one')
      await refuses('not-found', () => disk.rename(one, two))
      await refuses('not-found', () => disk.rename(diskPath('nowhere/x'), two))
    }),
    check('a remove removes, and removing what is not there is no error', async (disk) => {
      await disk.replace(two, bytesOf('x'))
      await disk.remove(two)
      assert.equal(await disk.read(two), undefined)
      await disk.remove(two)
      await disk.remove(diskPath('nowhere/at/all'))
    }),
    check('a list names the files of one folder, sorted, and none of those below', async (disk) => {
      assert.deepEqual(await disk.list(''), [])
      assert.deepEqual(await disk.list(diskPath('nowhere')), [])
      for (const name of ['b', 'B', 'a.1', '_', 'a/y', 'a/x', 'a/z/deep'])
        await disk.replace(diskPath(name), bytesOf(''))
      assert.deepEqual(await disk.list(''), ['B', '_', 'a.1', 'b'])
      assert.deepEqual(await disk.list(diskPath('a')), ['a/x', 'a/y'])
      assert.deepEqual(await disk.list(diskPath('a/z')), ['a/z/deep'])
    }),
  ]
}

function closingCases(check: Check): readonly ConformanceCase[] {
  return [
    check('a folder has one owner', async (disk, test) => {
      await refuses('in-use', () => test.reopen())
      await disk[Symbol.asyncDispose]()
      const next = await test.reopen()
      await refuses('in-use', () => test.reopen())
      await next[Symbol.asyncDispose]()
    }),
    check('a closed disk and its files refuse everything, and closing it again is nothing', async (disk) => {
      const file = await disk.open(one, { create: true })
      await disk[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
      await refuses('closed', () => file.read(0, 1))
      await refuses('closed', () => disk.open(one))
      await refuses('closed', () => disk.read(one))
      await refuses('closed', () => disk.replace(one, bytesOf('x')))
      await refuses('closed', () => disk.rename(one, two))
      await refuses('closed', () => disk.remove(one))
      await refuses('closed', () => disk.list(''))
    }),
    check('everything is there when the disk is opened again', async (disk, test) => {
      const file = await disk.open(one, { create: true })
      await file.write(0, [bytesOf('written')])
      await file.sync()
      await disk.replace(deep, bytesOf('replaced'))
      await disk[Symbol.asyncDispose]()
      const next = await test.reopen()
      assert.equal(textOf(await next.read(one)), 'written')
      assert.equal(textOf(await next.read(deep)), 'replaced')
      assert.deepEqual(await next.list(''), ['one'])
      await next[Symbol.asyncDispose]()
    }),
  ]
}
