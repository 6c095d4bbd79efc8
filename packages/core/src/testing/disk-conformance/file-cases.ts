import assert from 'node:assert/strict'
import { diskPath, type DiskFile } from '../../disk/index.ts'
import type { ConformanceCase } from '../conformance-case.ts'
import { bytesOf, refuses, textOf, type MakeDisk } from './disk-under-test.ts'

const path = diskPath('folder/file.log')

/** What the port says about one open file. */
export function fileCases(make: MakeDisk): readonly ConformanceCase[] {
  const check: Check = (name, work) => ({
    name,
    async run() {
      const { disk } = await make()
      const file = await disk.open(path, { create: true })
      await work(file)
      await disk[Symbol.asyncDispose]()
    },
  })
  return [...contentCases(make, check), ...targetCases(check), ...truncationCases(check), ...overlapCases(check)]
}

type Check = (name: string, work: (file: DiskFile) => Promise<void>) => ConformanceCase

function targetCases(check: Check): readonly ConformanceCase[] {
  return [
    check('a read into memory that it is given fills that, and touches nothing behind it', async (file) => {
      await file.write(0, [bytesOf('one two three')])
      const into = new Uint8Array(new ArrayBuffer(16), 1).fill(1)
      const middle = await file.read(4, 3, into)
      assert.equal(textOf(middle.slice()), 'two')
      const end = await file.read(8, 15, into)
      assert.equal(textOf(end.slice()), 'three')
      for (const found of [middle, end]) assert.deepEqual([found.buffer, found.byteOffset], [into.buffer, 1])
      assert.deepEqual(
        [...into.subarray(5)],
        Array.from({ length: 10 }, () => 1),
      )
    }),
  ]
}

function contentCases(make: MakeDisk, check: Check): readonly ConformanceCase[] {
  return [
    check('a new file is empty', async (file) => {
      assert.equal(file.size, 0)
      assert.equal((await file.read(0, 10)).length, 0)
    }),
    check('a write puts all pieces one after the other', async (file) => {
      await file.write(0, [bytesOf('one '), new Uint8Array(0), bytesOf('two '), bytesOf('three')])
      assert.equal(file.size, 13)
      assert.equal(textOf(await file.read(0, 13)), 'one two three')
      await file.write(4, [bytesOf('TWO')])
      assert.equal(file.size, 13)
      assert.equal(textOf(await file.read(0, 13)), 'one TWO three')
    }),
    {
      name: 'a durable file is written and read like any other',
      async run() {
        const { disk } = await make()
        const file = await disk.open(path, { create: true, durable: true })
        await Promise.all([file.write(0, [bytesOf('one ')]), file.write(4, [bytesOf('two '), bytesOf('three')])])
        await file.sync()
        assert.equal(file.size, 13)
        assert.equal(textOf(await file.read(0, 13)), 'one two three')
        await disk[Symbol.asyncDispose]()
      },
    },
    check('a write of many pieces is whole', async (file) => {
      const pieces = Array.from({ length: 3_000 }, (_, index) => bytesOf(`${index},`))
      await file.write(0, pieces)
      assert.equal(textOf(await file.read(0, file.size)), pieces.map(textOf).join(''))
    }),
    check('a write of nothing changes nothing', async (file) => {
      await file.write(100, [])
      await file.write(100, [new Uint8Array(0)])
      assert.equal(file.size, 0)
    }),
    check('a read is shorter only at the end of the file', async (file) => {
      await file.write(0, [bytesOf('0123456789')])
      assert.equal(textOf(await file.read(2, 5)), '23456')
      assert.equal(textOf(await file.read(8, 5)), '89')
      assert.equal((await file.read(10, 5)).length, 0)
      assert.equal((await file.read(1_000, 5)).length, 0)
      assert.equal((await file.read(3, 0)).length, 0)
    }),
    check('what a read returned does not change with the file', async (file) => {
      await file.write(0, [bytesOf('before')])
      const read = await file.read(0, 6)
      await file.write(0, [bytesOf('after!')])
      assert.equal(textOf(read), 'before')
    }),
    check('a part that was never written reads as zeros', async (file) => {
      await file.write(2_000, [bytesOf('end')])
      assert.equal(file.size, 2_003)
      assert.deepEqual([...(await file.read(0, 2_000))], Array<number>(2_000).fill(0))
    }),
  ]
}

function truncationCases(check: Check): readonly ConformanceCase[] {
  return [
    check('a truncation cuts, and lengthens with zeros', async (file) => {
      await file.write(0, [bytesOf('0123456789')])
      await file.truncate(4)
      assert.equal(file.size, 4)
      await file.truncate(1_000)
      assert.equal(file.size, 1_000)
      assert.equal(textOf(await file.read(0, 6)), '0123\0\0')
    }),
    check('a write after a truncation leaves zeros between', async (file) => {
      await file.write(0, [bytesOf('0123456789')])
      await file.truncate(2)
      await file.write(6, [bytesOf('x')])
      assert.equal(textOf(await file.read(0, 10)), '01\0\0\0\0x')
    }),
  ]
}

function overlapCases(check: Check): readonly ConformanceCase[] {
  return [
    check('operations overlap', async (file) => {
      const write = (index: number): Promise<void> => file.write(index * 700, [new Uint8Array(700).fill(index)])
      await Promise.all(Array.from({ length: 20 }, (_, index) => Promise.all([write(index), file.sync()])))
      assert.equal(file.size, 14_000)
      for (let index = 0; index < 20; index++) assert.equal((await file.read(index * 700 + 699, 1))[0], index)
    }),
    check('closing waits for what is in flight', async (file) => {
      const writing = file.write(0, [new Uint8Array(100_000)])
      await file[Symbol.asyncDispose]()
      await writing
      assert.equal(file.size, 100_000)
    }),
    check('a closed file refuses everything, and closing it again is nothing', async (file) => {
      await file.write(0, [bytesOf('x')])
      await file[Symbol.asyncDispose]()
      await file[Symbol.asyncDispose]()
      await refuses('closed', () => file.read(0, 1))
      await refuses('closed', () => file.write(0, [bytesOf('y')]))
      await refuses('closed', () => file.truncate(0))
      await refuses('closed', () => file.sync())
    }),
  ]
}
