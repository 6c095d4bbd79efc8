import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { gearTable } from '../chunking/gear.ts'
import { chunkPlanDefault } from '../chunking/plan.ts'
import { memoryChunks } from '../testing/memory-chunks.ts'
import { readBlob } from './blob-reader.ts'
import { walkBlob } from './blob-walk.ts'
import { writeBlob } from './blob-writer.ts'

test('smoke', async () => {
  const gear = gearTable(nodeCrypto(), new Uint8Array(32))
  const bytes = new Prng(1).bytes(30_000_000)
  const chunks = memoryChunks(nodeCrypto())
  const written = await writeBlob(bytes, { sink: chunks, plan: chunkPlanDefault, gear })
  expect(written).toMatchObject({ size: bytes.length, depth: 1 })
  let at = 0
  for await (const piece of readBlob(written, { source: chunks })) {
    expect(Buffer.compare(piece, bytes.subarray(at, at + piece.length))).toBe(0)
    at += piece.length
  }
  expect(at).toBe(bytes.length)
  const ids = new Set<string>()
  await walkBlob(written, { source: chunks, visit: (some) => some.map(({ id }) => (ids.add(id), id)) })
  expect(ids.size).toBe(chunks.chunks.size)
})
