import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node'
import { reportPath, type NotRun, type TestReport } from './test-report.ts'

/**
 * The vitest reporter that `pnpm verify` counts by. vitest's own JSON leaves out why a test was skipped, and a skipped
 * test has to say why.
 */
export default class ReportWriter implements Reporter {
  #root = ''

  onInit(vitest: Vitest): void {
    this.#root = vitest.config.root
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const path = join(this.#root, reportPath)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify(summarize(modules, unhandled)))
  }
}

function summarize(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): TestReport {
  const cases = modules.flatMap((module) => [...module.children.allTests()])
  return {
    passed: cases.filter((test) => test.result().state === 'passed').length,
    failed: cases.filter((test) => !['passed', 'skipped'].includes(test.result().state)).map(nameOf),
    notRun: cases.filter((test) => test.result().state === 'skipped').map(skipped),
    errors: [
      ...modules.flatMap((module) => module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`)),
      ...unhandled.map((error) => error.message),
    ],
  }
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`
}

function skipped(test: TestCase): NotRun {
  const result = test.result()
  const note = result.state === 'skipped' ? result.note : undefined
  const unexplained = test.options.mode === 'todo' ? 'it is only planned' : 'it is marked so, and nobody wrote why'
  return { what: nameOf(test), because: note?.replace(/^not run, because /, '') ?? unexplained }
}
