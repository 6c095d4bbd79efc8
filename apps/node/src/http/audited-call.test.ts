import type { AuditEntry } from '@flotilla/core/audit'
import { FlotillaError } from '@flotilla/core/errors'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { describe, expect, test } from 'vitest'
import { object, optional, secret, text } from '../schema/building.ts'
import { auditedCall, type Change } from './audited-call.ts'

const schema = object({ node: text(), note: text(), word: secret(text()), passphrase: optional(text()) })
const change: Change = {
  kind: 'twice',
  caller: { name: 'ann', role: 'admin', via: 'session' },
  method: 'POST',
  path: '/v1/cluster/revoke',
  rest: '',
  schema,
  document: { node: 'bob', note: 'gone', word: 'mellon', passphrase: 'xyzzy' },
}

class Log {
  readonly entries: AuditEntry[] = []
  readonly #failsAt: number

  constructor(failsAt: number = Infinity) {
    this.#failsAt = failsAt
  }

  write(entry: AuditEntry): Promise<void> {
    if (this.entries.length >= this.#failsAt)
      return Promise.reject(new FlotillaError('not-audited', 'the disk is full'))
    this.entries.push(entry)
    return Promise.resolve()
  }
}

function call(log: Log, given: Partial<Change>, run: () => Promise<string>, logger: Logger = silentLogger) {
  return auditedCall({ audit: log, logger }, { ...change, ...given }, run)
}

const done = (): Promise<string> => Promise.resolve('done')
const refused = (): Promise<string> => Promise.reject(new FlotillaError('no-such-node', 'there is none'))
const broken = (): Promise<string> => Promise.reject(new TypeError('a bug'))

describe('a request that changes something', () => {
  test('is written down before it is done, with who, what and to what, and what came of it afterwards', async () => {
    const log = new Log()
    let known = 0
    const answer = await call(log, {}, () => {
      known = log.entries.length
      return done()
    })
    expect({ answer, known }).toEqual({ answer: 'done', known: 1 })
    expect(log.entries).toMatchObject([{ outcome: 'asked' }, { outcome: 'done' }])
    const [entry] = log.entries
    expect(entry).toMatchObject({ actor: 'ann (session)', action: 'cluster.revoke', target: 'bob' })
    expect(entry?.details).toMatchObject({ callerRole: 'admin', route: 'POST /v1/cluster/revoke', note: 'gone' })
  })

  test('is not done where it cannot be written down', async () => {
    let isDone = false
    const attempt = call(new Log(0), {}, () => {
      isDone = true
      return done()
    })
    await expect(attempt).rejects.toMatchObject({ code: 'not-audited' })
    expect(isDone).toBe(false)
  })

  test.each([
    ['refused', refused, 'there is none', { outcome: 'refused', details: { code: 'no-such-node' } }],
    ['failed', broken, 'a bug', { outcome: 'failed' }],
  ])('that is %s is noted as that, and is that', async (_what, run, message, noted) => {
    const log = new Log()
    await expect(call(log, {}, run)).rejects.toThrow(message)
    expect(log.entries[1]).toMatchObject(noted)
  })

  test('stays done where its outcome cannot be written down, and the log of the node says so', async () => {
    const told: unknown[] = []
    const logger = { ...silentLogger, error: (...said: readonly unknown[]) => void told.push(said) }
    expect(await call(new Log(1), {}, done, logger)).toBe('done')
    expect(told).toHaveLength(1)
  })

  test('leaves no secret: neither what is said to be one, nor what is called as one', async () => {
    const log = new Log()
    await call(log, {}, done)
    await call(log, { schema: undefined, document: { name: 'x', password: 'xyzzy', code: 'mellon' } }, done)
    const written = JSON.stringify(log.entries)
    expect(written).not.toContain('mellon')
    expect(written).not.toContain('xyzzy')
    expect(written).toContain('"word":"(secret)"')
  })

  test('leaves no more of a long text than there is room for', async () => {
    const log = new Log()
    await call(log, { document: { note: '😀'.repeat(10_000), list: Array.from({ length: 9_000 }, () => 'x') } }, done)
    expect(JSON.stringify(log.entries[0]).length).toBeLessThan(2_000)
    expect(log.entries[0]?.details?.['note']).toMatch(/…$/)
  })

  test.each([
    ['once', 1],
    ['itself', 0],
    ['never', 0],
  ] as const)('of the kind "%s" leaves %s records here', async (kind, count) => {
    const log = new Log()
    await call(log, { kind }, done)
    expect(log.entries).toHaveLength(count)
  })

  test('of content has the name of the content', async () => {
    const log = new Log()
    const put = { method: 'PUT', path: '/v1/blobs/*', rest: 'backups/monday', document: { copies: 3 } }
    await call(log, { kind: 'once', ...put }, done)
    expect(log.entries).toMatchObject([{ action: 'blobs.put', target: 'backups/monday', details: { copies: 3 } }])
  })
})
