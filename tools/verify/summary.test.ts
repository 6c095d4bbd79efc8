import { expect, test } from 'vitest'
import type { Outcome, StepOutcome } from './outcome.ts'
import { count, countLine, summarize } from './summary.ts'

const passed: Outcome = { name: 'lint', passed: 1, failures: [], notRun: [], elapsedMs: 10, cached: false }

function step(name: string, ...parts: readonly Outcome[]): StepOutcome {
  return { step: name, whenItFails: `Mend ${name}.`, parts, elapsedMs: 1_500, output: '' }
}

test.each([
  [{ passed: 3, failed: 0, skipped: 0 }, '3 passed, 0 failed'],
  [{ passed: 0, failed: 12, skipped: 0 }, '0 passed, 12 failed'],
  [{ passed: 3, failed: 1, skipped: 2 }, '3 passed, 1 failed, 2 skipped'],
])('the last line is exactly the count', (counts, line) => {
  expect(countLine(counts)).toBe(line)
})

test('cases and other steps are counted together, and the count is alone on the last line', () => {
  const core = { ...passed, name: 'core', passed: 40, failures: ['core: a > b', 'core: c'], elapsedMs: 900 }
  const sim = { ...passed, name: 'sim', passed: 5, cached: true }
  const outcomes = [step('lint', passed), step('test', core, sim)]
  expect(count(outcomes)).toEqual({ passed: 46, failed: 2, skipped: 0 })
  expect(summarize(outcomes, 61_000)).toEqual([
    '',
    '        passed  failed  not run       time',
    'lint         1       0        0      1.5 s',
    'test        45       2        0      1.5 s',
    '  core      40       2        0      0.9 s',
    '  sim        5       0        0  unchanged',
    '',
    'Failed',
    '  test: Mend test.',
    '    core: a > b',
    '    core: c',
    '',
    'All of it took 61.0 s.',
    '46 passed, 2 failed',
  ])
})

test('what was not run is told with its reason, one line for each reason', () => {
  const because = 'chromium is not installed'
  const notRun = [
    { what: 'draws', because },
    { what: 'signs', because },
    { what: 'later', because: 'it is only planned' },
  ]
  const lines = summarize([step('test', { ...passed, name: 'core', notRun })], 0)
  expect(lines.slice(lines.indexOf('Not run'))).toEqual([
    'Not run',
    '  core: not run, because chromium is not installed',
    '    draws',
    '    signs',
    '  core: not run, because it is only planned',
    '    later',
    '',
    'All of it took 0.0 s.',
    '1 passed, 0 failed, 3 skipped',
  ])
})
