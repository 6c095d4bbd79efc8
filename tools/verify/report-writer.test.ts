import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { readTestReport, reportPath } from './test-report.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

test('the report tells each fate, and why a test was not run', () => {
  // A copy, because the report is written beside the tests; inside the tree, because the tests import vitest.
  const folder = mkdtempSync(join(here, '..', 'node_modules', '.report-writer-'))
  try {
    cpSync(join(here, 'canaries'), folder, { recursive: true })
    const vitest = join(here, '..', 'node_modules', 'vitest', 'vitest.mjs')
    const reporter = `--reporter=${join(here, 'report-writer.ts')}`
    const { status } = spawnSync(process.execPath, [vitest, 'run', reporter], { cwd: folder, encoding: 'utf8' })
    expect(status).toBe(1)
    expect(readTestReport(join(folder, reportPath))).toEqual({
      passed: 1,
      failed: ['report-cases.ts > a group > fails'],
      notRun: [
        { what: 'report-cases.ts > has a reason', because: 'chromium is not installed' },
        { what: 'report-cases.ts > has a reason in full', because: 'qemu is not installed' },
        { what: 'report-cases.ts > has none', because: 'it is marked so, and nobody wrote why' },
        { what: 'report-cases.ts > is planned', because: 'it is only planned' },
      ],
      errors: ['report-broken.ts: this file cannot be loaded'],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
