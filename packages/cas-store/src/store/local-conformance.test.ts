import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { inlineCatalogue } from '../catalogue/node-inline-catalogue.ts'
import type { BlobHarness } from '../testing/conformance/harness.ts'
import { blobConformance } from '../testing/conformance/suite.ts'
import { memoryStore } from './testing/node-memory-store.ts'

/** Small enough for trees, and large enough for the large blob. */
const plan = [{ from: 0, sizes: { min: 2_048, average: 8_192, max: 32_768 } }]

async function makeHarness(): Promise<BlobHarness> {
  const disk = memoryDisk().open()
  const catalogue = inlineCatalogue()
  let store = await memoryStore({ disk, catalogue, plan })
  return {
    store,
    async reopen() {
      await store[Symbol.asyncDispose]()
      store = await memoryStore({ disk, catalogue, plan })
      return store
    },
    async collect() {
      // One at a time: whoever is refused waits for nobody, as the other one is at it.
      await store.collectGarbage().catch((error: unknown) => {
        if (!(error instanceof Error) || !('code' in error) || error.code !== 'overloaded') throw error
      })
    },
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await catalogue[Symbol.asyncDispose]()
      await disk[Symbol.asyncDispose]()
    },
  }
}

describe('a store on one disk', () => {
  test.for(blobConformance(makeHarness))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
