import { Prng } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import { memoryDisk } from '@flotilla/core/testing'
import type { Disk } from '@flotilla/core/disk'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { catalogueConformance, type CatalogueUnderTest } from '../testing/catalogue-conformance/index.ts'
import { journaledCatalogue } from './node-journaled-catalogue.ts'
import { sqliteCatalogue } from './node-sqlite-catalogue.ts'

async function inFolder(open: (path: string) => CatalogueUnderTest['open']): Promise<CatalogueUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'flotilla-catalogue-'))
  return {
    open: open(join(folder, 'catalogue.sqlite')),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

function onMemoryDisk(): CatalogueUnderTest {
  const stored = memoryDisk()
  let disk: Disk | undefined
  return {
    async open(limits) {
      await disk?.[Symbol.asyncDispose]()
      disk = stored.open()
      return journaledCatalogue({ disk, entropy: nodeEntropy(), ...(limits === undefined ? {} : { limits }) })
    },
    crash(seed) {
      stored.crash(new Prng(seed))
      disk = undefined
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

describe('in a thread', () => {
  const make = () => inFolder((path) => (limits) => sqliteCatalogue({ path, ...(limits && { limits }) }))
  test.for(catalogueConformance(make, { seeds: 2 }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})

describe('behind a journal', () => {
  test.for(catalogueConformance(onMemoryDisk, { seeds: 15 }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
