import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import { afterEach, expect, test, vi } from 'vitest'
import { fakeNode } from '../testing/fake-node.ts'
import { accessFileName, readAccessFile } from './access-file.ts'

afterEach(() => void vi.restoreAllMocks())

test.skipIf(process.platform === 'win32')('the node of another user is asked by root only', async () => {
  await using node = await fakeNode({})
  const own = await readAccessFile(node.folder)
  expect(own).toMatchObject({ pid: process.pid })
  const user = vi.spyOn(process, 'getuid').mockReturnValue((process.getuid?.() ?? 0) + 12_345)
  await expect(readAccessFile(node.folder)).rejects.toMatchObject({ code: 'access-unsafe' })
  user.mockReturnValue(0)
  expect(await readAccessFile(node.folder)).toEqual(own)
})

test.skipIf(process.platform === 'win32')('a file that others may write in leads to no node', async () => {
  await using node = await fakeNode({})
  await chmod(join(node.folder, accessFileName), 0o622)
  await expect(readAccessFile(node.folder)).rejects.toMatchObject({ code: 'access-unsafe' })
})
