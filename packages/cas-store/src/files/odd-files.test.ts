import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryStore } from '../store/testing/node-memory-store.ts'
import { assertHolds } from '../testing/conformance/content.ts'
import { putFile } from './node-put-file.ts'
import { putFiles } from './node-put-files.ts'

describe('a file that is not like others', () => {
  test.runIf(process.platform === 'linux')('has content though its size is 0, as in /proc', async () => {
    const path = '/proc/version'
    const bytes = await readFile(path)
    expect(bytes.length).toBeGreaterThan(10)
    {
      await using store = await memoryStore()
      await assertHolds(store, (await putFile(store, path)).id, bytes)
    }
    await using store = await memoryStore()
    for await (const outcome of putFiles(store, [path])) {
      expect(outcome).toMatchObject({ type: 'put', size: bytes.length })
      if (outcome.type === 'put') await assertHolds(store, outcome.id, bytes)
    }
  })

  test.runIf(process.platform !== 'win32')('is not opened to see that it is no plain file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-odd-files-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const path = join(folder, 'socket')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(path, resolve))
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())))
    await using store = await memoryStore()
    // To open a socket fails in a way of its own.
    const [outcome] = await Array.fromAsync(putFiles(store, [path]))
    expect(outcome?.type === 'failed' ? outcome.error.message : outcome).toContain('no plain file')
  })

  test('has a path that is no text, and does not keep the others from being put', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'flotilla-odd-files-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    // The system is asked for the first where somebody asks for the second.
    const [like, odd, other] = [join(folder, 'x\ufffd'), join(folder, 'x\ud800'), join(folder, 'other')]
    for (const path of [like, other]) await writeFile(path, path)
    await using store = await memoryStore()
    const outcomes = await Array.fromAsync(putFiles(store, [odd, like, other]))
    expect(new Map(outcomes.map(({ path, type }) => [path, type]))).toEqual(
      new Map([
        [odd, 'failed'],
        [like, 'put'],
        [other, 'put'],
      ]),
    )
  })
})
