import { describe, expect, test } from 'vitest'
import type { BlobHarness } from '../../testing/conformance/harness.ts'
import { blobConformance } from '../../testing/conformance/suite.ts'
import { MeshWorld } from '../doubles/node-mesh-world.ts'

async function makeHarness(): Promise<BlobHarness> {
  const world = new MeshWorld()
  const node = await world.add('ann')
  return {
    get store() {
      return node.store
    },
    async reopen() {
      await world.stop(node)
      await world.start(node)
      return node.store
    },
    async collect() {
      await node.local?.collectGarbage().catch((error: unknown) => {
        if (!(error instanceof Error) || !('code' in error) || error.code !== 'overloaded') throw error
      })
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  }
}

describe('a replicated store that is alone', () => {
  test.for(blobConformance(makeHarness))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
