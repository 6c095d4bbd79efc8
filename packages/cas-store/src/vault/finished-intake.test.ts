import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { recordBytes } from '../packs/pack-format.ts'
import { refusalOf } from '../testing/conformance/content.ts'
import type { ChunkId, KeyEpoch } from '../types.ts'
import type { FinishedRecords, Vault } from './contract.ts'
import { VaultBench } from './doubles/node-vault-bench.ts'

/** As a thread makes them of these contents. */
async function finished(bench: VaultBench, contents: readonly Uint8Array[]): Promise<FinishedRecords & Released> {
  const packed = await bench.workshop.pack(contents.map((bytes) => ({ kind: 'data', bytes })))
  const ends = new Uint32Array(packed.length)
  const room = new Uint8Array(contents.reduce((sum, bytes) => sum + recordBytes(bytes.length + 40), 0))
  let end = 0
  for (const [index, { record }] of packed.entries()) {
    room.set(record, end)
    end += record.length
    ends[index] = end
  }
  const state = { isReleased: false }
  return {
    ids: packed.map(({ id }) => id),
    kind: 'data',
    epoch: 1 as KeyEpoch,
    bytes: room,
    ends,
    release: () => {
      // Whoever still read it would now find something else.
      room.fill(0)
      state.isReleased = true
    },
    get isReleased() {
      return state.isReleased
    },
  }
}

interface Released {
  readonly isReleased: boolean
}

async function put(vault: Vault, records: FinishedRecords): Promise<readonly number[]> {
  await using session = vault.session()
  const isKnown = await session.addFinished(records)
  await session.commit([])
  return [...isKnown]
}

async function expectThere(bench: VaultBench, ids: readonly ChunkId[], contents: readonly Uint8Array[]): Promise<void> {
  for (const [index, id] of ids.entries()) {
    expect(await bench.get(id, contents[index]?.length)).toEqual(contents[index])
  }
}

describe('finished records', () => {
  test('are stored where they are new, over several packs, and their memory is given back', async () => {
    const bench = new VaultBench()
    const contents = Array.from({ length: 60 }, (_, index) => bench.bytes(index, 200 + index))
    await bench.put(...contents.filter((_, index) => index % 7 === 3 || index === 0 || index === 59))
    const records = await finished(bench, [...contents, ...contents.slice(5, 8)])
    const isKnown = await put(bench.vault, records)
    const expected = [...contents, 0, 0, 0].map((_, index) => Number(index % 7 === 3 || index % 59 === 0 || index > 59))
    expect(isKnown).toEqual(expected)
    expect(records.isReleased).toBe(true)
    await expectThere(bench, records.ids, [...contents, ...contents.slice(5, 8)])
    bench.memory.crash(bench.prng)
    bench.restart()
    await expectThere(bench, records.ids, [...contents, ...contents.slice(5, 8)])
    expect(bench.packs().length).toBeGreaterThan(3)
  })

  test('are stored once by all who bring them at the same time', async () => {
    const bench = new VaultBench()
    const contents = Array.from({ length: 10 }, (_, index) => bench.bytes(index))
    const [one, two] = [await finished(bench, contents), await finished(bench, contents.toReversed())]
    await using plain = bench.vault.session()
    const [first, second, added] = await Promise.all([
      put(bench.vault, one),
      put(bench.vault, two),
      plain.add('data', contents),
    ])
    await plain.commit([])
    const unknown = [...first, ...second].filter((isKnown) => isKnown === 0).length
    expect(unknown + added.filter(({ isKnown }) => !isKnown).length).toBe(10)
    expect([one.isReleased, two.isReleased]).toEqual([true, true])
    await expectThere(bench, one.ids, contents)
  })

  test('stay from their adding to the end of the session, whatever is collected', async () => {
    const bench = new VaultBench()
    const contents = [bench.bytes(1), bench.bytes(2)]
    await bench.put(bench.bytes(1))
    const records = await finished(bench, contents)
    await using session = bench.vault.session()
    await session.addFinished(records)
    await bench.collect([])
    await session.commit([])
    expect(records.isReleased).toBe(true)
    await expectThere(bench, records.ids, contents)
  })

  test('are not acknowledged where they could not be written, and can be brought again', async () => {
    let isFull = false
    const memory = memoryDisk({
      faults: {
        begin: (operation, finish) => finish(isFull && operation.type === 'write' ? { code: 'disk-full' } : undefined),
      },
    })
    const bench = new VaultBench({}, memory)
    const contents = [bench.bytes(1), bench.bytes(2)]
    const records = await finished(bench, contents)
    isFull = true
    expect(await refusalOf(put(bench.vault, records))).toBe('disk-full')
    expect(records.isReleased).toBe(false)
    isFull = false
    expect(await put(bench.vault, await finished(bench, contents))).toEqual([0, 0])
    await expectThere(bench, records.ids, contents)
  })

  test('are left out when the signal aborts', async () => {
    const bench = new VaultBench()
    const records = await finished(bench, [bench.bytes(1)])
    await using session = bench.vault.session()
    await expect(session.addFinished(records, { signal: AbortSignal.abort('no') })).rejects.toBe('no')
    await session.commit([])
    expect(await bench.catalogue.places(records.ids)).toEqual([undefined])
  })
})
