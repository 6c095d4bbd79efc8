import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import { diskPath } from '../disk/index.ts'
import { Prng } from '../random/index.ts'
import { memoryDisk, type MemoryDisk } from '../testing/memory-disk/index.ts'
import { crc32 } from './crc32.ts'
import { openRecordLog, type LogPosition } from './index.ts'
import { decodeFileHeader, encodeFileHeader, encodeRecord, sealRecord } from './record-format.ts'

const path = diskPath('log')
const entropy = { bytes: (length: number): Uint8Array => new Prng(1).bytes(length) }
const limits = { readBytes: 4_096 }
const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill)

/** What opening this file says: how many records, and what was dropped, or that it is corrupt; then it is unchanged. */
async function opening(file: Uint8Array): Promise<string> {
  const disk = memoryDisk().open()
  await disk.replace(path, file)
  try {
    const { recovered } = await openRecordLog({ disk, path, entropy, limits })
    return `${recovered.records} records, ${recovered.droppedBytes} dropped`
  } catch (error) {
    assert.deepEqual(Buffer.from((await disk.read(path)) ?? []), Buffer.from(file))
    return (error as { code: string }).code
  }
}

async function fileOf(batches: readonly (readonly Uint8Array[])[], options: { closed: boolean }): Promise<Uint8Array> {
  const memory = memoryDisk()
  const disk = memory.open()
  const log = await openRecordLog({ disk, path, entropy, limits })
  for (const batch of batches) {
    log.append(batch)
    await log.sync()
  }
  if (options.closed) await log[Symbol.asyncDispose]()
  return (await disk.read(path)) ?? bytes(0)
}

describe('damage', () => {
  test('of any bit of a log that was closed is reported', async () => {
    const file = await fileOf([[bytes(0), bytes(30)], [new Uint8Array(600)]], { closed: true })
    expect(await opening(file)).toBe('3 records, 0 dropped')
    for (let bit = 0; bit < file.length * 8; bit++) {
      const damaged = file.slice()
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(await opening(damaged), `bit ${bit}`).toBe('corrupt')
    }
  })

  test('of whole sectors before the last batch is reported', async () => {
    const batches = Array.from({ length: 20 }, (_, index) => [bytes(index * 40), bytes(300)])
    const file = await fileOf(batches, { closed: false })
    const last = (await fileOf(batches.slice(0, -1), { closed: false })).length
    for (let sector = 0; (sector + 1) * 512 <= last; sector++) {
      for (const fill of [0, 0xff, 0xa5]) {
        const damaged = file.slice().fill(fill, sector * 512, (sector + 1) * 512)
        expect(await opening(damaged), `sector ${sector}`).toBe('corrupt')
      }
    }
  })

  test('of any place before the last batch is reported after a crash, whatever the crash did', async () => {
    for (let seed = 1; seed <= 1_000; seed++) {
      const prng = new Prng(seed)
      const memory = memoryDisk()
      const log = await openRecordLog({ disk: memory.open(), path, entropy, limits })
      let lastBatch = 0
      for (let batch = prng.between(2, 6); batch > 0; batch--) {
        lastBatch = log.end
        log.append(Array.from({ length: prng.between(1, 4) }, () => new Uint8Array(prng.below(1_500))))
        await log.sync()
      }
      memory.crash(prng)
      memory.rot(path, prng, { below: lastBatch })
      await expect(reopen(memory), `seed ${seed}`).rejects.toMatchObject({ code: 'corrupt' })
    }
  })

  test('while the log is open is reported by reading', async () => {
    const memory = memoryDisk()
    const log = await openRecordLog({ disk: memory.open(), path, entropy, limits })
    log.append([bytes(1_000), bytes(1_000)])
    await log.sync()
    memory.rot(path, new Prng(1), { from: 1_600, below: 1_700 })
    const found: number[] = []
    const reading = async (): Promise<void> => {
      for await (const { position } of log.records()) found.push(position)
    }
    await expect(reading()).rejects.toThrow('the record log log is corrupt at byte 1536')
    expect(found).toEqual([512])
  })

  test('of the header is told from a newer version', async () => {
    const file = encodeFileHeader(bytes(16))
    expect(await opening(file)).toBe('0 records, 0 dropped')
    expect(await opening(file.subarray(0, 511))).toBe('corrupt')
    expect(await opening(bytes(0))).toBe('corrupt')
    expect(await opening(bytes(2_000))).toBe('corrupt')
    const newer = Buffer.from(await fileOf([], { closed: true }))
    newer.writeUInt32LE(2, 8)
    newer.writeUInt32LE(headerCrc(newer), 12)
    expect(await opening(newer)).toBe('unknown-version')
  })
})

describe('an interrupted write', () => {
  test('is cut, wherever it was cut short', async () => {
    const before = await fileOf([[bytes(100)]], { closed: false })
    const file = await fileOf([[bytes(100)], [bytes(200, 0), bytes(900)]], { closed: false })
    for (let length = before.length; length < file.length; length++) {
      const whole = length >= before.length + 224 ? 2 : 1
      const kept = whole === 2 ? before.length + 224 : before.length
      expect(await opening(file.slice(0, length))).toBe(`${whole} records, ${length - kept} dropped`)
    }
  })

  test('is cut, whichever of its sectors are missing', async () => {
    const before = (await fileOf([[bytes(100)]], { closed: false })).length
    const file = await fileOf([[bytes(100)], [bytes(1_500), bytes(700), bytes(90)]], { closed: false })
    const sectors = Array.from({ length: Math.ceil(file.length / 512) }, (_, index) => index)
    for (let missing = 1; missing < 2 ** sectors.length; missing++) {
      const torn = file.slice()
      for (const sector of sectors) {
        if (missing & (1 << sector)) torn.fill(0, Math.max(before, sector * 512), Math.max(before, (sector + 1) * 512))
      }
      if (Buffer.compare(torn, file) === 0) continue
      expect(await opening(torn), `missing ${missing.toString(2)}`).toMatch(/^[123] records, [1-9]\d* dropped$/)
    }
  })

  test('does not bring back the whole records of its batch that lie behind the gap', async () => {
    const memory = memoryDisk()
    const disk = memory.open()
    const file = await fileOf([[bytes(1_000), bytes(10), bytes(1_000)]], { closed: false })
    await disk.replace(path, file.fill(0, 1_024, 1_536))
    const log = await openRecordLog({ disk, path, entropy, limits })
    expect(log.recovered.records).toBe(0)
    log.append([bytes(1_000, 2)]) // Ends exactly where the second record of old began.
    await log.sync()
    memory.crash(new Prng(1))
    expect((await reopen(memory)).recovered.records).toBe(1)
  })
})

test('records of another log, or of another place, are not taken for its own', async () => {
  const header = encodeFileHeader(bytes(16, 1))
  const own = decodeFileHeader(header)
  const other = decodeFileHeader(encodeFileHeader(bytes(16, 2)))
  if (own === undefined || other === undefined) throw new Error('both are headers')
  const at = (seed: typeof own, place: number): Promise<string> => {
    const position = place as LogPosition
    const record = encodeRecord(seed, position, 'record', bytes(600))
    sealRecord(seed, position, record, 512 as LogPosition)
    return opening(Buffer.concat([header, record]))
  }
  expect(await at(own, 512)).toBe('1 records, 0 dropped')
  expect(await at(other, 512)).toBe('corrupt')
  expect(await at(own, 520)).toBe('corrupt')
  expect(await at(own, 2 ** 32 + 512)).toBe('corrupt')
})

function reopen(memory: MemoryDisk): ReturnType<typeof openRecordLog> {
  return openRecordLog({ disk: memory.open(), path, entropy, limits })
}

function headerCrc(header: Uint8Array): number {
  return crc32(header.subarray(16), crc32(header.subarray(0, 12)))
}
