import { readFileSync } from 'node:fs'
import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { expect, test } from 'vitest'
import { CatalogueTwin } from '../testing/catalogue-conformance/catalogue-twin.ts'
import { chunk } from '../testing/catalogue-conformance/catalogue-under-test.ts'
import { drawnChanges } from '../testing/catalogue-conformance/drawn-changes.ts'
import type { CatalogueChange } from './contract.ts'
import { journalCodec, type JournalRecord } from './journal-record.ts'

const codec = journalCodec()

/** A note that is forgotten has no value, however that is said. */
function plain(record: JournalRecord): unknown {
  return JSON.parse(JSON.stringify(record))
}

test('what was written is read, of every kind', () => {
  const kinds = new Set<CatalogueChange['type']>()
  for (let seed = 1; seed <= 200; seed++) {
    const changes = drawnChanges(new Prng(seed), new CatalogueTwin())
    for (const { type } of changes) kinds.add(type)
    const record: JournalRecord = { type: 'changes', changes }
    expect(plain(codec.decode(codec.encode(record)))).toEqual(plain(record))
  }
  expect(kinds.size).toBe(23)
  const image: JournalRecord = { type: 'image', bytes: Uint8Array.of(1, 2), isLast: true }
  expect(codec.decode(codec.encode(image))).toEqual(image)
})

test('the bytes of version 1 are read for ever', () => {
  const changes: CatalogueChange[] = [
    { type: 'add-chunks', chunks: [chunk(1)] },
    { type: 'set-note', key: 'a', value: 'b' },
  ]
  const record: JournalRecord = { type: 'changes', changes }
  const fixture = readFileSync(new URL('../../fixtures/v1/catalogue-journal-record', import.meta.url))
  expect(codec.decode(fixture)).toEqual(record)
  expect(codec.encode(record)).toEqual(Uint8Array.from(fixture))
})

test('whatever bytes come, they are a record or a ProtocolError', () => {
  for (let seed = 1; seed <= 2_000; seed++) {
    const prng = new Prng(seed)
    const bytes = codec.encode({ type: 'changes', changes: drawnChanges(prng, new CatalogueTwin()) }).slice()
    for (let flips = prng.between(1, 4); flips > 0; flips--) bytes[prng.below(bytes.length)] = prng.below(256)
    const cut = prng.chance(1, 4) ? bytes.subarray(0, prng.below(bytes.length)) : bytes
    expect(readAgain(cut) ?? cut, `seed ${seed}`).toEqual(cut)
  }
})

/** Undefined where it is refused as it should be. */
function readAgain(bytes: Uint8Array): Uint8Array | undefined {
  try {
    return codec.encode(codec.decode(bytes))
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

test('an id that is none is refused', () => {
  const wrong = { ...chunk(1), id: 'C'.repeat(64) as ReturnType<typeof chunk>['id'] }
  const bytes = codec.encode({ type: 'changes', changes: [{ type: 'add-chunks', chunks: [wrong] }] })
  expect(() => codec.decode(bytes)).toThrow(ProtocolError)
})
