import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openBlobStore } from '../store/node-open-blob-store.ts'
import { openReplicaStore } from './node-open-replica-store.ts'

async function folders(stack: AsyncDisposableStack): Promise<{ readonly folder: string; readonly keyFile: string }> {
  const path = await mkdtemp(join(tmpdir(), 'flotilla-replica-'))
  stack.defer(() => rm(path, { recursive: true }))
  return { folder: join(path, 'blobs'), keyFile: join(path, 'blobs.key') }
}

test('a folder is that of a replica or that of a store with keys, and never taken for the other', async () => {
  await using stack = new AsyncDisposableStack()
  const { folder, keyFile } = await folders(stack)
  for (let life = 0; life < 2; life++) {
    await using replica = await openReplicaStore({ folder })
    expect(await replica.stats()).toMatchObject({ blobs: 0, chunks: 0 })
    await expect(openReplicaStore({ folder })).rejects.toMatchObject({ code: 'in-use' })
  }
  const before = await readdir(folder)
  await expect(openBlobStore({ folder, keyFile })).rejects.toMatchObject({ code: 'wrong-key' })
  expect(await readdir(folder)).toEqual(before)

  const other = await folders(stack)
  {
    await using store = await openBlobStore(other)
    await store.put(new Uint8Array(100))
  }
  await expect(openReplicaStore({ folder: other.folder })).rejects.toMatchObject({ code: 'wrong-key' })
  await using store = await openBlobStore(other)
  expect((await store.stats()).blobs).toBe(1)
})
