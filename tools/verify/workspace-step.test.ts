import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { steps } from './steps.ts'
import { reportPath } from './test-report.ts'
import { judge, runWorkspaceStep, type TaskEnding, type WorkspaceRun } from './workspace-step.ts'

const fine: TaskEnding = { exitCode: 0, elapsedMs: 5, cached: false }
const scripts = { test: 'vitest run', typecheck: 'tsc -p .' }
const goodReport = { passed: 2, failed: [], notRun: [], errors: [] }

/** A repository with two packages; whatever it is told, its turbo does instead of its work. */
class FakeRepository implements Disposable {
  readonly root: string = fs.mkdtempSync(join(tmpdir(), 'flotilla-verify-'))

  constructor() {
    for (const name of ['core', 'sim']) this.write(`packages/${name}/package.json`, { name, scripts })
  }

  [Symbol.dispose](): void {
    fs.rmSync(this.root, { recursive: true, force: true })
  }

  write(path: string, content: object | string): void {
    fs.mkdirSync(join(this.root, path, '..'), { recursive: true })
    fs.writeFileSync(join(this.root, path), typeof content === 'string' ? content : JSON.stringify(content))
  }

  async runTests(turbo: string): Promise<WorkspaceRun> {
    const helpers = `
      const fs = require('node:fs'), path = require('node:path')
      const write = (file, value) => {
        fs.mkdirSync(path.dirname(file), { recursive: true })
        fs.writeFileSync(file, JSON.stringify(value))
      }
      const report = (name, value) => write('packages/' + name + '/.reports/tests.json', value)
      const task = ([name, exitCode, status = 'MISS']) => ({
        package: name, task: 'test', cache: { status }, execution: { startTime: 1, endTime: 6, exitCode },
      })
      const summary = (tasks) => write('.turbo/runs/1.json', { tasks: tasks.map(task) })
      const good = ${JSON.stringify(goodReport)}`
    this.write('bin/turbo', `#!${process.execPath}\n${helpers}\n${turbo}`)
    fs.chmodSync(join(this.root, 'bin', 'turbo'), 0o755)
    const step = steps.find(({ name }) => name === 'test')
    if (step?.type !== 'workspace') throw new Error('there is no step "test" any more')
    const env = { PATH: join(this.root, 'bin') }
    return runWorkspaceStep(step, { cwd: this.root, env, signal: new AbortController().signal, say: () => {} })
  }
}

function failuresOf({ parts }: WorkspaceRun): readonly string[] {
  return parts.flatMap(({ failures }) => failures)
}

test('packages that passed, and one that turbo took from its cache', async () => {
  using repository = new FakeRepository()
  const { parts } = await repository.runTests(
    `report('core', good); report('sim', good); summary([['core', 0], ['sim', 0, 'HIT']])`,
  )
  expect(parts).toEqual([
    { name: 'core', passed: 2, failures: [], notRun: [], elapsedMs: 5, cached: false },
    { name: 'sim', passed: 2, failures: [], notRun: [], elapsedMs: 5, cached: true },
  ])
})

test('a report of an earlier run proves nothing', async () => {
  using repository = new FakeRepository()
  repository.write(`packages/sim/${reportPath}`, goodReport)
  const run = await repository.runTests(`report('core', good); summary([['core', 0], ['sim', 0]])`)
  expect(failuresOf(run)).toEqual(['sim: its tests left no report; see above'])
})

test('a summary of an earlier run proves nothing', async () => {
  using repository = new FakeRepository()
  await repository.runTests(`report('core', good); report('sim', good); summary([['core', 0], ['sim', 0]])`)
  const run = await repository.runTests(`report('core', good); report('sim', good)`)
  expect(failuresOf(run)).toEqual([
    'core: turbo did not run "test"; see above',
    'sim: turbo did not run "test"; see above',
  ])
})

test('a turbo that fails without a word from any package is a failure of its own', async () => {
  using repository = new FakeRepository()
  const run = await repository.runTests(
    `report('core', good); report('sim', good); summary([['core', 0], ['sim', 0]])
     console.log('no idea'); process.exit(4)`,
  )
  expect(failuresOf(run)).toEqual(['turbo ended with 4, and no package says why; see above'])
  expect(run.output).toBe('no idea\n')
})

const lowCoverage = 'core: no test case failed, but the run did: see above (is the coverage below its threshold?)'

test.each([
  ['no report', undefined, fine, 'core: its tests left no report; see above'],
  ['half a report', '{"passed": 2, "fai', fine, 'core: its tests left no report; see above'],
  ['no test case', { ...goodReport, passed: 0 }, fine, 'core: not a single test case ran'],
  ['a failed test case', { ...goodReport, failed: ['a > b'] }, { ...fine, exitCode: 1 }, 'core: a > b'],
  ['a failed test case and a lying exit code', { ...goodReport, failed: ['a > b'] }, fine, 'core: a > b'],
  ['an error outside tests', { ...goodReport, errors: ['boom'] }, { ...fine, exitCode: 1 }, 'core: boom'],
  ['too little coverage', goodReport, { ...fine, exitCode: 1 }, lowCoverage],
  ['a task that did not run', goodReport, undefined, 'core: turbo did not run "test"; see above'],
])('%s is a failure', (_, report, ending, sentence) => {
  using repository = new FakeRepository()
  const folder = join(repository.root, 'packages', 'core')
  if (report !== undefined) repository.write(`packages/core/${reportPath}`, report)
  const { failures } = judge({ name: 'core', folder, scripts }, 'test', ending)
  expect(failures).toEqual([sentence])
})

test('a package without the script is a failure: it proves nothing', () => {
  const { failures } = judge({ name: 'core', folder: '', scripts: {} }, 'typecheck', undefined)
  expect(failures).toEqual(['core has no "typecheck" script; add one'])
})
