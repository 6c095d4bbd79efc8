import { Prng } from '@flotilla/core/random'
import { memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import type { ChunkId, PackId } from '../types.ts'
import { PackFiles } from './pack-files.ts'
import { packPath } from './pack-folder.ts'
import { encodePackHeader, encodeRecordHead, recordBytes, recordHeadBytes, type PackRecord } from './pack-format.ts'
import { PackScan } from './pack-scan.ts'

const pack = 'ab'.repeat(16) as PackId

function record(index: number, length: number): PackRecord {
  const sealed = new Prng(index).bytes(length)
  sealed.set([0x66, 0x63, 1])
  return { id: index.toString(16).padStart(64, '0') as ChunkId, kind: index % 3 === 0 ? 'list' : 'data', sealed }
}

function packOf(...records: readonly PackRecord[]): Uint8Array {
  const parts: Uint8Array[] = [encodePackHeader(pack)]
  for (const one of records) {
    const bytes = new Uint8Array(recordBytes(one.sealed.length))
    encodeRecordHead(one, bytes, 0)
    bytes.set(one.sealed, recordHeadBytes)
    parts.push(bytes)
  }
  return Buffer.concat(parts)
}

async function scanned(bytes: Uint8Array): Promise<{ readonly ids: readonly number[]; readonly passedOver: number }> {
  const disk = memoryDisk().open()
  await disk.replace(packPath(pack), bytes)
  await using files = new PackFiles({ disk, openFilesMax: 1 })
  const scan = new PackScan(files, pack)
  const ids: number[] = []
  for await (const { id, kind, position, length, sealed } of scan.records(undefined)) {
    const index = Number.parseInt(id, 16)
    expect({ kind, sealed: Buffer.from(sealed) }).toEqual({
      kind: record(index, 3).kind,
      sealed: Buffer.from(record(index, length - recordHeadBytes).sealed),
    })
    expect(Buffer.from(bytes.subarray(position + recordHeadBytes, position + length))).toEqual(Buffer.from(sealed))
    ids.push(index)
  }
  return { ids, passedOver: scan.bytesPassedOver }
}

const lengths = [3, 100, 5_000, 3, 70_000, 4]
const records = lengths.map((length, index) => record(index, length))
const whole = packOf(...records)

describe('a scan of a pack', () => {
  test('finds every record, also those that are longer than what is read in one go', async () => {
    expect(await scanned(whole)).toEqual({ ids: [0, 1, 2, 3, 4, 5], passedOver: 0 })
    expect(await scanned(packOf())).toEqual({ ids: [], passedOver: 0 })
    expect(await scanned(new Uint8Array(10))).toEqual({ ids: [], passedOver: 0 })
    const large = [record(1, 3_000_000), record(2, 9_000_000), record(3, 5), record(4, 4_000_000)]
    expect((await scanned(packOf(...large))).ids).toEqual([1, 2, 3, 4])
  })

  test('goes on behind what is damaged, wherever in a record that is', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const prng = new Prng(seed)
      const hurt = prng.below(records.length)
      const begin = packOf(...records.slice(0, hurt)).length
      const length = recordBytes(lengths[hurt] ?? 0)
      const bytes = Uint8Array.from(whole)
      const at = begin + prng.below(prng.chance(1, 2) ? Math.min(length, 47) : length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << prng.below(8))
      const left = [0, 1, 2, 3, 4, 5].filter((index) => index !== hurt)
      expect({ seed, ...(await scanned(bytes)) }).toEqual({ seed, ids: left, passedOver: length })
    }
  })

  test('passes over what a crash has left at the end, and a header that is damaged', async () => {
    for (const cut of [1, 5, 47, 60_000]) {
      expect((await scanned(whole.subarray(0, whole.length - cut))).ids).toEqual(
        cut < 48 ? [0, 1, 2, 3, 4] : [0, 1, 2, 3],
      )
    }
    const zeros = Buffer.concat([whole, new Uint8Array(9_000_000)])
    expect(await scanned(zeros)).toEqual({ ids: [0, 1, 2, 3, 4, 5], passedOver: 9_000_000 })
    const headless = Uint8Array.from(whole).fill(0, 0, 32)
    expect((await scanned(headless)).ids).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('finds nothing in bytes that are none of ours', async () => {
    for (let seed = 1; seed <= 20; seed++) expect((await scanned(new Prng(seed).bytes(20_000))).ids).toEqual([])
  })

  test('ends when it is told to', async () => {
    const disk = memoryDisk().open()
    await disk.replace(packPath(pack), whole)
    await using files = new PackFiles({ disk, openFilesMax: 1 })
    const scan = new PackScan(files, pack).records(AbortSignal.abort(new Error('enough')))
    await expect(scan.next()).rejects.toThrow('enough')
  })
})
