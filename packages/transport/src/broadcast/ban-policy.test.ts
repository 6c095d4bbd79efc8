import type { NodeId } from '@flotilla/core/ids'
import type { Millis } from '@flotilla/core/time'
import { expect, test } from 'vitest'
import type { OffenceCode } from './broadcast.ts'
import { BanPolicy, validateBanSettings, type BanDecision } from './ban-policy.ts'

const at = (ms: number): Millis => ms as Millis
const eve = 'eve' as NodeId

function judge(
  policy: BanPolicy,
  now: number,
  code: OffenceCode = 'forged-envelope',
  peer = eve,
): BanDecision | undefined {
  return policy.judge({ peer, code, message: 'it is not signed' }, at(now))
}

test('five forgeries in a row ban, four do not', () => {
  const policy = new BanPolicy()
  for (let count = 1; count <= 4; count++) expect(judge(policy, 0)).toBeUndefined()
  expect(policy.isBanned(eve, at(0))).toBe(false)
  expect(judge(policy, 0)).toEqual({ peer: eve, reason: 'forged-envelope: it is not signed', durationMs: 60_000 })
  expect(policy.isBanned(eve, at(59_999))).toBe(true)
  expect(policy.isBanned(eve, at(60_000))).toBe(false)
})

test('what happens now and then is forgiven', () => {
  const policy = new BanPolicy()
  for (let minute = 0; minute < 1_000; minute++) expect(judge(policy, minute * 60_000)).toBeUndefined()
  expect(policy.score(eve, at(1_000 * 60_000))).toBe(0)
})

test('each ban is twice as long as the one before, up to an hour, and a day of peace resets it', () => {
  const policy = new BanPolicy()
  const durations: number[] = []
  let now = 0
  for (let ban = 0; ban < 9; ban++) {
    let decision: BanDecision | undefined
    while (decision === undefined) decision = judge(policy, now)
    durations.push(decision.durationMs / 60_000)
    expect(judge(policy, now + decision.durationMs - 1)).toBeUndefined() // While it is banned nothing counts.
    now += decision.durationMs
  }
  expect(durations).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  now += 86_400_000
  for (let count = 1; count <= 4; count++) expect(judge(policy, now)).toBeUndefined()
  expect(judge(policy, now)?.durationMs).toBe(60_000)
})

test('the table is bounded, and neither strangers nor time push out who is banned', () => {
  const policy = new BanPolicy({ peersMax: 10 })
  for (let count = 1; count <= 5; count++) judge(policy, 0)
  for (let other = 0; other < 1_000; other++) judge(policy, other, 'flooding', `peer ${other}` as NodeId)
  expect(policy.size).toBe(10)
  expect(policy.isBanned(eve, at(1_000))).toBe(true)
  policy.unban(eve)
  expect(policy.isBanned(eve, at(1_000))).toBe(false)
})

test('a wrong setting is refused with a sentence', () => {
  expect(() => validateBanSettings({ longestBanMs: 1_000 })).toThrow(
    'bans: longestBanMs is 1000; it must be a whole number from 60000 to 2592000000',
  )
})
