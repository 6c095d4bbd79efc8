import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.ts'
import { diskPath, type Disk } from '../disk/index.ts'
import { Prng } from '../random/index.ts'
import { ManualClock, memoryDisk } from '../testing/index.ts'
import { auditFiles } from './audit-files.ts'
import {
  auditDefaults,
  checkAuditLog,
  openAuditLog,
  type AuditEntry,
  type AuditLimits,
  type AuditLog,
  type AuditRecord,
} from './index.ts'

const folder = diskPath('audit')
const crypto = nodeCrypto()
const entry: AuditEntry = { actor: 'ann', action: 'process.signal', target: 'sleep (4711)', outcome: 'done' }

function open(disk: Disk, limits: Partial<AuditLimits> = {}): Promise<AuditLog> {
  return openAuditLog({ disk, folder, crypto, clock: new ManualClock(), limits })
}

async function written(disk: Disk, count: number, limits: Partial<AuditLimits> = {}): Promise<void> {
  await using log = await open(disk, limits)
  for (let index = 0; index < count; index++) await log.write({ ...entry, details: { index } })
}

describe('an audit log', () => {
  test('keeps what was written, over restarts, in order', async () => {
    const disk = memoryDisk().open()
    await written(disk, 3)
    await written(disk, 2)
    const records: AuditRecord[] = []
    const report = await checkAuditLog({ disk, folder, crypto, onRecord: (record) => records.push(record) })
    expect(report).toMatchObject({ records: 5, first: 1, last: 5 })
    expect(report.damage).toBeUndefined()
    expect(records[4]).toEqual({ ...entry, details: { index: 1 }, seq: 5, at: '2025-01-01T00:00:00.000Z' })
  })

  test('shows each change of a byte, each line that is taken out, and each that is put in twice', async () => {
    const disk = memoryDisk().open()
    await written(disk, 6)
    const [file] = await auditFiles(disk, folder)
    if (file === undefined) throw new Error('there is a file')
    const whole = (await disk.read(file)) ?? new Uint8Array()
    const lines = new TextDecoder().decode(whole).split('\n').slice(0, -1)
    const damageOf = async (bytes: Uint8Array): Promise<unknown> => {
      await disk.replace(file, bytes)
      const { damage, tornBytes } = await checkAuditLog({ disk, folder, crypto })
      return damage ?? (tornBytes > 0 ? 'torn' : undefined)
    }
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 2), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        expect(await damageOf(whole.with(at, (whole[at] ?? 0) ^ change))).toBeDefined()
      }),
      { numRuns: 300 },
    )
    const bytesOf = (some: readonly string[]): Uint8Array => new TextEncoder().encode(`${some.join('\n')}\n`)
    for (const index of [0, 1, 2, 3, 4]) expect(await damageOf(bytesOf(lines.toSpliced(index, 1)))).toBeDefined()
    for (const index of [0, 1, 2, 3, 4, 5]) {
      expect(await damageOf(bytesOf(lines.toSpliced(index, 0, lines[index] ?? '')))).toBeDefined()
    }
    await expect(open(disk)).rejects.toMatchObject({ code: 'corrupt' })
    expect(await damageOf(whole)).toBeUndefined()
  })

  test('gives up the oldest file for room, and holds what is left', async () => {
    const disk = memoryDisk().open()
    await written(disk, 100, { fileBytesMax: 1_024, filesMax: 3 })
    expect(await auditFiles(disk, folder)).toHaveLength(3)
    const { first, last, damage } = await checkAuditLog({ disk, folder, crypto })
    expect({ last, damage }).toEqual({ last: 100, damage: undefined })
    expect(first).toBeGreaterThan(80)
  })

  test('cuts what is too long, whatever it is', async () => {
    const disk = memoryDisk().open()
    await using log = await open(disk, { recordBytesMax: 1_024 })
    const long = '\u0001\ud800"'.repeat(10_000)
    const details = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`${long}${index}`, long]))
    await log.write({ actor: long, action: long, target: long, outcome: 'refused', details })
    await log.write({ ...entry, details: Object.fromEntries(Array.from({ length: 999 }, (_, name) => [name, long])) })
    const limits = { recordBytesMax: 1_024 }
    expect(await checkAuditLog({ disk, folder, crypto, limits })).toMatchObject({ records: 2 })
    expect((await checkAuditLog({ disk, folder, crypto, limits })).damage).toBeUndefined()
  })

  test('keeps what was acknowledged when the power goes, and goes on after that', async () => {
    for (let seed = 1; seed <= 200; seed++) {
      const prng = new Prng(seed)
      const machine = memoryDisk()
      let acknowledged = 0
      for (let life = 0; life < 3; life++) {
        const log = await open(machine.open(), { batchBytesMax: 1_024, recordBytesMax: 1_024, fileBytesMax: 4_096 })
        const count = prng.between(1, 20)
        const writes = Array.from({ length: count }, () =>
          log.write({ ...entry, target: 'x'.repeat(prng.between(0, 99)) }),
        )
        const crashAfter = prng.between(0, count - 1)
        void Promise.allSettled(writes) // Those behind may be lost with the power.
        for (const write of writes.slice(0, crashAfter)) await write
        acknowledged += crashAfter
        machine.crash(prng)
      }
      const disk = machine.open()
      await using log = await open(disk)
      await log.write(entry)
      const { damage, records } = await checkAuditLog({ disk, folder, crypto })
      expect({ seed, damage }).toEqual({ seed, damage: undefined })
      expect(records).toBeGreaterThan(acknowledged)
    }
  })

  test('goes on behind a record that was torn, however long it was to be', async () => {
    const disk = memoryDisk().open()
    const limits = { recordBytesMax: 2 ** 18 }
    await written(disk, 1, limits)
    const long = '\u0001'.repeat(2 ** 18)
    {
      await using log = await open(disk, limits)
      await log.write({ ...entry, actor: long, action: long, target: long })
    }
    const [file] = await auditFiles(disk, folder)
    if (file === undefined) throw new Error('there is a file')
    const whole = (await disk.read(file)) ?? new Uint8Array()
    await disk.replace(file, whole.subarray(0, -1))
    await written(disk, 1, limits)
    expect(whole.length).toBeGreaterThan(auditDefaults.batchBytesMax)
    const report = await checkAuditLog({ disk, folder, crypto, limits })
    expect(report).toMatchObject({ records: 2, tornBytes: 0 })
    expect(report.damage).toBeUndefined()
  })

  test('writes all that wait at once, and takes so many', async () => {
    const disk = memoryDisk().open()
    await using log = await open(disk, { recordsQueuedMax: 2 })
    const writes = Array.from({ length: 5 }, () => log.write(entry))
    const outcomes = await Promise.allSettled(writes)
    expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThanOrEqual(2)
    expect(outcomes.some(({ status }) => status === 'rejected')).toBe(true)
    expect((await checkAuditLog({ disk, folder, crypto })).damage).toBeUndefined()
  })
})
