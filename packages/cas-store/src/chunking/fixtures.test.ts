import { readFileSync, writeFileSync } from 'node:fs'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { createChunker } from './chunker.ts'
import { gearTable } from './gear.ts'
import { nodeQuickSearch } from './node-quick-search.ts'
import { chunkPlanDefault } from './plan.ts'

const file = new URL('../../fixtures/v1/chunking/ends.json', import.meta.url)

/** Other ends would have every store that is in use keep everything twice. */
test.each([
  ['plainly', {}],
  ['quickly', { makeQuick: nodeQuickSearch, quickFromBytes: 0 }],
  ['plainly, then quickly', { makeQuick: nodeQuickSearch }],
])('content is cut where the first release cut it: %s', (_how, quick) => {
  const secret = Uint8Array.from({ length: 32 }, (_, index) => index)
  const gear = gearTable(nodeCrypto(), secret, quick)
  const content = new Prng(2_024).bytes(20 * 2 ** 20)
  const chunker = createChunker(chunkPlanDefault, gear)
  const ends: number[] = []
  for (let end = chunker.next(content, 0); end !== -1; end = chunker.next(content, end)) ends.push(end)
  const now = { gear: [...gear.words].slice(0, 4), ends }
  if (process.env['UPDATE'] === '1') writeFileSync(file, `${JSON.stringify(now)}\n`, { flag: 'wx' })
  expect(now).toEqual(JSON.parse(readFileSync(file, 'utf8')))
})
