import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { steps } from './steps.ts'

function verify(...args: readonly string[]) {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url))
  return spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
}

test('--help lists every step with what it proves', () => {
  const { status, stdout } = verify('--help')
  expect(status).toBe(0)
  for (const { name, proves } of steps) expect(stdout).toContain(`  ${name.padEnd(11)} ${proves}\n`)
})

test('a step or an option that does not exist is refused', () => {
  const step = verify('--only', 'magic')
  expect(step.status).toBe(1)
  expect(step.stderr).toContain('There is no step "magic". There are: format, ')
  const option = verify('--fast')
  expect(option.status).toBe(1)
  expect(option.stderr).toContain("'--fast'")
})

test('--json prints one JSON document and nothing else on stdout', () => {
  const { status, stdout } = verify('--json', '--only', 'format')
  const { passed, failed, line } = JSON.parse(stdout) as { passed: number; failed: number; line: string }
  expect(passed + failed).toBe(1)
  expect(line).toBe(`${passed} passed, ${failed} failed`)
  expect(status).toBe(failed)
})

test('the count is alone on the last line of stdout', () => {
  expect(verify('--only', 'format').stdout).toMatch(/\n\d+ passed, \d+ failed\n$/)
})
