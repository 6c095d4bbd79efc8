import type { AuditEntry } from '@flotilla/core/audit'
import { silentLogger } from '@flotilla/core/observe'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { nodeLimitsDefaults } from '../../limits.ts'
import { LoginAudit } from './login-audit.ts'

const { burst, everyMs } = nodeLimitsDefaults.refusedLoginsAudited
const attempt = { from: '192.0.2.1', by: 'password' } as const
const ann = { name: 'ann', role: 'viewer', via: 'session' } as const

test('refused logins are written down up to a limit, others always', async () => {
  const clock = new ManualClock()
  const entries: AuditEntry[] = []
  const write = async (entry: AuditEntry): Promise<void> => void entries.push(entry)
  const audit = new LoginAudit({ audit: { write }, logger: silentLogger, clock })
  for (let count = 0; count < burst + 5; count++) await audit.refused(attempt)
  expect(entries.length).toBe(burst)
  expect(entries[0]).toEqual({
    actor: 'somebody',
    action: 'login',
    target: 'this node',
    outcome: 'refused',
    details: attempt,
  })
  await audit.opened(ann, attempt)
  await audit.ended(ann, attempt.from)
  expect(entries.slice(burst).map(({ actor, action }) => [actor, action])).toEqual([
    ['ann (session)', 'login'],
    ['ann (session)', 'logout'],
  ])
  clock.advance(everyMs)
  await audit.refused(attempt)
  await audit.refused(attempt)
  expect(entries.length).toBe(burst + 3)
})

test('nobody is kept out because it cannot be written down; the log says so', async () => {
  const warnings: string[] = []
  const warn = (_fields: object, message: string): void => void warnings.push(message)
  const write = (): Promise<void> => Promise.reject(new Error('the disk is full'))
  const audit = new LoginAudit({ audit: { write }, logger: { ...silentLogger, warn }, clock: new ManualClock() })
  await audit.opened(ann, attempt)
  await audit.refused(attempt)
  await audit.ended(ann, attempt.from)
  expect(warnings).toEqual(Array.from({ length: 3 }, () => 'this could not be written to the audit log'))
})
