import assert from 'node:assert/strict'
import type { ConformanceCase } from '@flotilla/core/testing'
import { blob, blobId, chunkId, refuses, type Check } from './catalogue-under-test.ts'

/** Many small files at once. */
export function fileCases(check: Check): readonly ConformanceCase[] {
  return [
    check('seen files: many at once, of which the blob is here', async (first, reopen) => {
      const file = (path: string, at: number) => ({ path, signature: '1', blob: blobId(at) })
      await first.commit([
        { type: 'add-blob', blob: blob(1, { size: 7 }) },
        { type: 'add-blob', blob: blob(2) },
        ...[file('a', 1), file('b', 2), file('c', 3)].map((seen) => ({ type: 'see-file', file: seen }) as const),
      ])
      await first.commit([{ type: 'remove-blob', id: blobId(2) }])
      const next = await reopen(first)
      const here = { ...file('a', 1), size: 7 }
      assert.deepEqual(await next.seenFiles(['c', 'a', 'b', 'd', 'a']), [undefined, here, undefined, undefined, here])
      assert.deepEqual(await next.seenFiles([]), [])
      return next
    }),
    check('files: blobs, names and sights of many, column by column', async (first, reopen) => {
      const files = {
        atMs: 5,
        blobs: [blobId(1), blobId(2), blobId(3)],
        sizes: [1, 2, 3],
        roots: [chunkId(1), chunkId(2), chunkId(3)],
        names: ['n', '', '/c'],
        paths: ['/a', '/b', '/c'],
        signatures: ['s', 't', ''],
      }
      for (const wrong of [{ paths: [] }, { sizes: [1, 0.5, 1] }, { atMs: -1 }, { names: ['\ud800', '', ''] }]) {
        await refuses('wrong-request', () => first.commit([{ type: 'add-files', files: { ...files, ...wrong } }]))
        assert.equal((await first.counts()).blobs, 0)
      }
      await first.commit([{ type: 'add-files', files }])
      const next = await reopen(first)
      assert.deepEqual(await next.blob(blobId(2)), { id: blobId(2), size: 2, depth: 0, root: chunkId(2), putAtMs: 5 })
      const names = await next.names({ prefix: '', limit: 10 })
      assert.deepEqual(names, [
        { name: '/c', blob: blobId(3), atMs: 5, size: 3 },
        { name: 'n', blob: blobId(1), atMs: 5, size: 1 },
      ])
      const seen = await next.seenFiles(['/a', '/b', '/c'])
      assert.deepEqual(
        seen.map((row) => row?.signature),
        ['s', 't', undefined],
      )
      return next
    }),
  ]
}
