import { describe, expect, test } from 'vitest'
import { contextAt } from '../testing/lock-script.ts'
import { ScriptRunner } from '../testing/script-runner.ts'
import { lockLimits, type LockLimits } from './limits.ts'
import { createLockMachineKind } from './lock-machine.ts'

/** What the last line of a script was answered. */
function lastAnswer(limits: Partial<LockLimits>, script: string): string {
  const machine = createLockMachineKind({ ...lockLimits, ...limits }).create()
  return new ScriptRunner(machine).run(script).trimEnd().split('\n').at(-1) ?? ''
}

const a = 'a open ttl=60000\n'
const ab = `${a}b open ttl=60000\n`

describe('what is beyond a limit is refused with its name, and changes nothing', () => {
  const cases: readonly [name: keyof LockLimits, limit: number, script: string, refused: string, after: string][] = [
    ['sessionsMax', 1, a, 'b open', 'a close\nb open'],
    [
      'keysMax',
      1,
      `${a}a acquire X exclusive`,
      'a acquire Y exclusive as o',
      'a release 1\na acquire Y exclusive as o',
    ],
    [
      'holdersPerKeyMax',
      1,
      `${a}a acquire X shared`,
      'a acquire X shared as o',
      'a release 1\na acquire X shared as o',
    ],
    [
      'waitersPerKeyMax',
      1,
      `${ab}a acquire X exclusive\nb acquire X exclusive`,
      'b acquire X exclusive as o',
      'b release 1\nb acquire X exclusive as o',
    ],
    [
      'requestsPerSessionMax',
      1,
      `${a}a acquire X shared`,
      'a acquire Y shared as o',
      'a release 1\na acquire Y shared as o',
    ],
    ['grantsPerHoldMax', 1, `${a}a acquire X shared`, 'a acquire X shared', 'a release 1\na acquire X shared'],
  ]
  for (const [name, limit, script, refused, after] of cases) {
    test(`of ${name}`, () => {
      expect(lastAnswer({ [name]: limit }, `${script}\n${refused}`)).toMatch(
        new RegExp(`^ {2}= refused as overloaded: locks: .*${limit} .*\\(${name}\\)$`),
      )
      const answer = lastAnswer({ [name]: limit }, `${script}\n${refused}\n${refused}\n${after}`)
      expect(answer).toMatch(/^ {2}= (granted|waiting|session)/)
    })
  }

  test('searchStepsMax', () => {
    const script = `${ab}a acquire X exclusive as t\nb acquire Y exclusive as t\nb acquire X exclusive as t\n`
    const refused = lastAnswer({ searchStepsMax: 2 }, `${script}a acquire Y exclusive as t`)
    expect(refused).toMatch(/refused as overloaded: .*look for a deadlock around Y \(searchStepsMax\)$/)
    expect(lastAnswer({ searchStepsMax: 2 }, `${script}a acquire Y exclusive as t\na renew`)).toBe(
      '  = renewed: 1 granted, 0 waiting',
    )
    expect(lastAnswer({ searchStepsMax: 50 }, `${script}a acquire Y exclusive as t`)).toBe('  = waiting behind 0')
  })

  test('ttlMsMin, ttlMsMax, lockDelayMsMax', () => {
    for (const settings of ['ttl=99', 'ttl=86400001', 'ttl=1000 delay=600001']) {
      expect(lastAnswer({}, `a open ${settings}`)).toMatch(
        /refused as wrong-request: .* of a session is \d+; it may be/,
      )
    }
  })
})

test('a key of a session that others could draw too is refused', () => {
  const machine = createLockMachineKind().create()
  const open = { type: 'open-session', name: 'a', ttlMs: 1_000, lockDelayMs: 0 } as const
  const run = (bytes: number): unknown => machine.apply({ ...open, key: new Uint8Array(bytes) }, contextAt(1, 0))
  expect(() => run(15)).toThrow('locks: length of the key of a session is 15; it may be 16 to 64')
  expect(run(16)).toEqual({ type: 'session-opened', session: 1 })
})

test('an owner does one thing at a time', () => {
  const script = `${ab}a acquire X exclusive\na acquire Y exclusive\nb acquire X exclusive\n`
  expect(lastAnswer({}, `${script}b acquire Y exclusive`)).toMatch(/refused as owner-waits: locks: main waits for X/)
  expect(lastAnswer({}, `${script}b acquire Z exclusive`)).toBe('  = granted, token 3, held 1 times')
})

test('a cycle longer than cycleEdgesMax is cut, and says so', () => {
  const names = ['a', 'b', 'c', 'd']
  const opens = names.map((name) => `${name} open ttl=60000\n${name} acquire ${name.toUpperCase()} exclusive`)
  const waits = ['a acquire B exclusive', 'b acquire C exclusive', 'c acquire D exclusive', 'd acquire A exclusive']
  const text = lastAnswer({ cycleEdgesMax: 2 }, [...opens, ...waits].join('\n'))
  expect(text).toBe(
    '  = deadlock: d/main waits for A held by a/main; a/main holds A, waits for B held by b/main; and 2 more',
  )
})

test('the oldest deadlock is forgotten when there are too many', () => {
  const machine = createLockMachineKind({ ...lockLimits, deadlocksKept: 2 }).create()
  const runner = new ScriptRunner(machine)
  runner.run(ab)
  for (let round = 0; round < 4; round++) {
    runner.run(
      'a acquire X shared as t\nb acquire X shared as t\na acquire X exclusive as t\nb acquire X exclusive as t',
    )
    runner.run('b release-all t\na release-all t')
  }
  expect(machine.table.deadlocks.map(({ number }) => number)).toEqual([3, 4])
  expect(machine.table.counts).toMatchObject({ deadlocks: 4, waits: 8 })
})
