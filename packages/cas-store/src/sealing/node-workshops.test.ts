import { nodeCrypto } from '@flotilla/core/crypto/node'
import { describe, expect, test } from 'vitest'
import { inlineWorkshop } from './node-inline-workshop.ts'
import { threadWorkshop } from './node-thread-workshop.ts'
import { workshopConformance, type WorkshopUnderTest } from './workshop-conformance.ts'

const crypto = nodeCrypto()

describe.each<{ readonly name: string; readonly make: WorkshopUnderTest['make'] }>([
  { name: 'the inline workshop', make: (identity, keys) => inlineWorkshop({ identity, keys }) },
  { name: 'a workshop of one thread', make: (identity, keys) => threadWorkshop({ identity, keys, threads: 1 }) },
  { name: 'a workshop of two threads', make: (identity, keys) => threadWorkshop({ identity, keys, threads: 2 }) },
  {
    name: 'a workshop of two threads that does nothing itself, in small parts',
    make: (identity, keys) =>
      threadWorkshop({ identity, keys, threads: 2, limits: { inlineBytesMax: 0, partBytes: 10_000 } }),
  },
])('$name', ({ make }) => {
  test.each(workshopConformance({ crypto, make }))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
