import { existsSync, readFileSync } from 'node:fs'

/** Where a package's test run leaves its report, below the package's folder; turbo keeps it with the cached result. */
export const reportPath = '.reports/tests.json'

export interface NotRun {
  readonly what: string
  readonly because: string
}

/** What became of the test cases of one package. */
export interface TestReport {
  readonly passed: number
  readonly failed: readonly string[]
  readonly notRun: readonly NotRun[]
  /** What went wrong outside any test case: a file that cannot be loaded, a promise that nobody caught. */
  readonly errors: readonly string[]
}

/** Returns undefined where there is no whole report, which is a failure like any other: it proves nothing. */
export function readTestReport(path: string): TestReport | undefined {
  if (!existsSync(path)) return undefined
  try {
    const report: unknown = JSON.parse(readFileSync(path, 'utf8'))
    return isTestReport(report) ? report : undefined
  } catch {
    return undefined // It was being written when its writer was killed.
  }
}

function isTestReport(value: unknown): value is TestReport {
  if (typeof value !== 'object' || value === null) return false
  const { passed, failed, notRun, errors } = value as Record<string, unknown>
  return Number.isSafeInteger(passed) && Array.isArray(failed) && Array.isArray(notRun) && Array.isArray(errors)
}
