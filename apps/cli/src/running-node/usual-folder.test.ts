import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../testing/programs.ts'
import { demoNodeFolder, ownFolderUsual, usualFolder } from './usual-folder.ts'

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
