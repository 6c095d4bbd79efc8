import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadCollector } from './node-load-collector.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(homedir(), '.flotilla-plugins-'))
})
afterEach(() => rm(folder, { recursive: true }))

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text, { mode: 0o600 })
  return path
}

test('a file that exports a collector', async () => {
  const path = await file('gpu.mjs', "export const collector = { name: 'gpu', collect: async () => ({ load: 0.5 }) }")
  const collector = await loadCollector(path)
  expect(await collector.collect(AbortSignal.abort())).toEqual({ load: 0.5 })
})

test('files that are none say what is wrong', async () => {
  await expect(loadCollector(join(folder, 'none.mjs'))).rejects.toMatchObject({ code: 'not-found' })
  await expect(loadCollector(await file('empty.mjs', ''))).rejects.toThrow('exports no "collector"')
  await expect(loadCollector(await file('broken.mjs', 'export const ='))).rejects.toThrow('cannot be loaded')
  await expect(loadCollector(await file('text.mjs', "export const collector = 'gpu'"))).rejects.toThrow('is an object')
  const throwing = await file('throwing.mjs', "throw new Error('at once')")
  await expect(loadCollector(throwing)).rejects.toThrow('at once')
})

test('a file that others could write, or put in its place, is refused', async () => {
  const path = await file('gpu.mjs', "export const collector = { name: 'gpu', collect: () => ({}) }")
  await chmod(path, 0o666)
  await expect(loadCollector(path)).rejects.toMatchObject({ code: 'not-permitted' })
  await chmod(path, 0o600)
  await chmod(folder, 0o777)
  await expect(loadCollector(path)).rejects.toMatchObject({ code: 'not-permitted' })
  await chmod(folder, 0o700)
  const link = join(folder, 'link.mjs')
  await symlink(path, link)
  expect((await loadCollector(link)).name).toBe('gpu')
})
