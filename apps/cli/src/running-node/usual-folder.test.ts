import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/programs.ts'
import { demoNodeFolder, ownFolderUsual, ownUsualFolder, usualFolder } from './usual-folder.ts'

/** More than any process has on the systems that we know. */
const noPid = 2 ** 30

test('the own node is meant, but where only a demonstration runs or exists', async () => {
  await using folder = await temporaryFolder()
  const meant = (): string => usualFolder(folder.path)
  const runs = async (name: string, pid: number): Promise<void> => {
    await mkdir(join(folder.path, name), { recursive: true })
    await writeFile(join(folder.path, name, 'access.json'), JSON.stringify({ pid }))
  }
  expect(meant()).toBe(ownFolderUsual)
  await runs(demoNodeFolder, noPid)
  expect(meant()).toBe(demoNodeFolder)
  await runs(ownFolderUsual, noPid)
  expect(meant()).toBe(ownFolderUsual)
  await runs(demoNodeFolder, process.pid)
  expect(meant()).toBe(demoNodeFolder)
  await runs(ownFolderUsual, process.pid)
  expect(meant()).toBe(ownFolderUsual)
  await writeFile(join(folder.path, ownFolderUsual, 'access.json'), 'junk')
  expect(meant()).toBe(demoNodeFolder)
})

test.skipIf(process.getuid === undefined)('a folder of somebody else is not taken unless it is named', async () => {
  await using folder = await temporaryFolder()
  const { path } = folder
  const other = (process.getuid?.() ?? 0) + 1
  expect([usualFolder(path, other), ownUsualFolder(path, other)]).toEqual([ownFolderUsual, ownFolderUsual])
  await mkdir(join(path, demoNodeFolder), { recursive: true })
  expect(usualFolder(path)).toBe(demoNodeFolder)
  expect(() => usualFolder(path, other)).toThrow('belongs to somebody else')
  await mkdir(join(path, ownFolderUsual))
  expect(ownUsualFolder(path)).toBe(ownFolderUsual)
  expect(() => usualFolder(path, other)).toThrow('belongs to somebody else')
  expect(() => ownUsualFolder(path, other)).toThrow('belongs to somebody else')
})
