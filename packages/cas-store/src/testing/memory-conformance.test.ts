import { describe, expect, test } from 'vitest'
import type { BlobStore } from '../blobs.ts'
import type { BlobHarness } from './conformance/harness.ts'
import { blobConformance } from './conformance/suite.ts'
import { memoryBlobs } from './memory-blobs.ts'

function harnessOf(store: BlobStore): BlobHarness {
  return {
    store,
    reopen: () => Promise.reject(new Error('memory is lost')),
    collect: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(store[Symbol.asyncDispose]()),
  }
}

describe('blobs in memory', () => {
  const cases = blobConformance(() => Promise.resolve(harnessOf(memoryBlobs())), { without: ['reopen'] })
  test.for(cases)('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
