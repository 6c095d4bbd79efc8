import { checkAuditLog, openAuditLog, type AuditEntry, type AuditLog } from '@flotilla/core/audit'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { diskPath } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import { ManualClock, memoryDisk } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { guestAudit, type GuestAuditOptions } from './guest-audit.ts'

function entry(target: string): AuditEntry {
  return { actor: 'ann', action: 'file.write', target, outcome: 'asked' }
}

/** A log in memory that is as slow and as broken as it is told. */
class Bench {
  readonly clock: ManualClock = new ManualClock()
  readonly written: string[] = []
  opened = 0
  closed = 0
  failure: Error | undefined
  openFailure: Error | undefined
  turn: Promise<void> = Promise.resolve()
  readonly audit: ReturnType<typeof guestAudit>

  constructor(options: Partial<GuestAuditOptions> = {}) {
    this.audit = guestAudit({ open: () => this.#open(), clock: this.clock, ...options })
  }

  async settled(): Promise<void> {
    for (let round = 0; round < 50; round++) await Promise.resolve()
  }

  async #open(): Promise<AuditLog> {
    await this.turn
    if (this.openFailure !== undefined) throw this.openFailure
    this.opened++
    return {
      write: async ({ target }) => {
        await this.turn
        if (this.failure !== undefined) throw this.failure
        this.written.push(target)
      },
      [Symbol.asyncDispose]: () => {
        this.closed++
        return Promise.resolve()
      },
    }
  }
}

describe('the audit log of a guest', () => {
  test('is opened when the first record is there, and once', async () => {
    const bench = new Bench()
    await bench.settled()
    expect(bench.opened).toBe(0)
    bench.audit.note(entry('a'))
    await bench.audit.write(entry('b'))
    await bench.audit.write(entry('c'))
    expect([bench.opened, bench.written]).toEqual([1, ['a', 'b', 'c']])
    bench.audit.note(entry('d'))
    await bench.audit[Symbol.asyncDispose]()
    expect([bench.written.at(-1), bench.closed]).toEqual(['d', 1])
    await expect(bench.audit.write(entry('e'))).rejects.toMatchObject({ code: 'closed' })
  })

  test('keeps records back while file systems are frozen, and nobody waits for it', async () => {
    const bench = new Bench()
    await bench.audit.write(entry('a'))
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.turn = promise
    const underWay = bench.audit.write(entry('b'))
    await bench.settled()
    const waiting = bench.audit.write(entry('c'))
    const held = bench.audit.hold()
    let isHeld = false
    void held.then(() => (isHeld = true))
    await bench.settled()
    expect(isHeld).toBe(false)
    resolve()
    await expect(waiting).rejects.toMatchObject({ code: 'frozen' })
    await underWay
    await held
    bench.audit.note(entry('d'))
    await expect(bench.audit.write(entry('e'))).rejects.toMatchObject({ code: 'frozen' })
    await bench.settled()
    expect(bench.written).toEqual(['a', 'b'])
    bench.audit.release()
    await bench.audit.write(entry('f'))
    expect(bench.written).toEqual(['a', 'b', 'd', 'f'])
  })

  test('is not touched at all where an earlier life has frozen its disk', async () => {
    const bench = new Bench({ isHeld: true })
    bench.audit.note(entry('a'))
    await bench.settled()
    expect(bench.opened).toBe(0)
    bench.audit.release()
    await bench.settled()
    expect(bench.written).toEqual(['a'])
    const other = new Bench({ isHeld: true })
    other.audit.note(entry('a'))
    await other.audit[Symbol.asyncDispose]()
    expect(other.opened).toBe(0)
  })

  test('does not begin to write where it is frozen while it is opened', async () => {
    const bench = new Bench()
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.turn = promise
    bench.audit.note(entry('a'))
    const held = bench.audit.hold()
    resolve()
    await held
    expect([bench.opened, bench.written]).toEqual([1, []])
    bench.audit.release()
    await bench.settled()
    expect(bench.written).toEqual(['a'])
  })

  test('refuses, leaves out and counts where it cannot be written, and mends itself', async () => {
    const bench = new Bench({ limits: { reopenAfterMs: 1_000 } })
    bench.failure = new Error('ENOSPC')
    bench.audit.note(entry('a'))
    await expect(bench.audit.write(entry('b'))).rejects.toMatchObject({ code: 'not-permitted' })
    await bench.settled()
    expect([bench.closed, bench.audit.leftOut]).toEqual([1, 1])
    expect(bench.audit.trouble).toContain('ENOSPC')
    bench.failure = undefined
    bench.audit.note(entry('c'))
    await expect(bench.audit.write(entry('d'))).rejects.toMatchObject({ code: 'not-permitted' })
    expect([bench.opened, bench.audit.leftOut]).toEqual([1, 2])
    bench.clock.advance(1_000)
    await bench.audit.write(entry('e'))
    expect(bench.written).toEqual(['2 records', 'e'])
    expect([bench.opened, bench.audit.leftOut, bench.audit.trouble]).toEqual([2, 0, undefined])
  })

  test('says why where it is damaged', async () => {
    const bench = new Bench()
    bench.openFailure = new FlotillaError('corrupt', 'the audit log is damaged', { hint: 'move it away' })
    await expect(bench.audit.write(entry('a'))).rejects.toMatchObject({ code: 'not-permitted' })
    expect(bench.audit.trouble).toContain('the audit log is damaged: move it away')
  })

  test('takes so many records and no more', async () => {
    const bench = new Bench({ limits: { recordsWaitingMax: 2 }, isHeld: true })
    for (const name of ['a', 'b', 'c', 'd']) bench.audit.note(entry(name))
    expect(bench.audit.leftOut).toBe(2)
    bench.audit.release()
    await bench.settled()
    expect(bench.written).toEqual(['2 records', 'a', 'b'])
    const { promise, resolve } = Promise.withResolvers<void>()
    bench.turn = promise
    const writes = ['a', 'b', 'c', 'd', 'e'].map((name) => bench.audit.write(entry(name)))
    await expect(writes.at(-1)).rejects.toMatchObject({ code: 'overloaded' })
    resolve()
    await Promise.allSettled(writes)
  })

  test('is not filled with what changes nothing', async () => {
    const bench = new Bench({ limits: { mentionsBurstMax: 2, mentionsPerMinuteMax: 60 } })
    for (const name of ['a', 'b', 'c', 'd']) bench.audit.mention(entry(name))
    bench.audit.note(entry('e'))
    await bench.settled()
    expect(bench.written).toEqual(['2 records', 'a', 'b', 'e'])
    bench.clock.advance(1_000)
    bench.audit.mention(entry('f'))
    bench.audit.mention(entry('g'))
    await bench.audit[Symbol.asyncDispose]()
    expect(bench.written.filter((name) => name.length === 1)).toEqual(['a', 'b', 'e', 'f'])
  })

  test('has the digest of what it cuts', async () => {
    const digest = (text: string): string => `digest of ${text.length}`
    const seen: AuditEntry[] = []
    const log = { write: async (one: AuditEntry) => void seen.push(one), [Symbol.asyncDispose]: async () => {} }
    const audit = guestAudit({ open: async () => log, clock: new ManualClock(), digest })
    await audit.write(entry('x'.repeat(1_300)))
    await audit.write(entry('x'.repeat(1_301)))
    expect(seen.map(({ target, details }) => [target.length, details])).toEqual([
      [1_300, undefined],
      [1_300, { targetLength: 1_301, targetDigest: 'digest of 1301' }],
    ])
  })

  test('is a chain that can be checked', async () => {
    const disk = memoryDisk().open()
    const where = { disk, folder: diskPath('audit'), crypto: nodeCrypto() }
    const clock = new ManualClock()
    const audit = guestAudit({ open: () => openAuditLog({ ...where, clock }), clock })
    for (let index = 0; index < 10; index++) {
      await audit.write(entry(`${index}`))
      audit.note(entry(`${index}`))
    }
    await audit[Symbol.asyncDispose]()
    const report = await checkAuditLog(where)
    expect([report.records, report.damage]).toEqual([20, undefined])
  })
})
