import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { workspaceFolders } from '../bootstrap/packages.mjs'
import { runChild, type ChildOptions } from './child.ts'
import type { Outcome } from './outcome.ts'
import type { WorkspaceStep } from './steps.ts'
import { readTestReport, reportPath } from './test-report.ts'

const progressEveryMs = 1_000
const reporters = ['default', 'json', fileURLToPath(new URL('./report-writer.ts', import.meta.url))]

export interface WorkspacePackage {
  readonly name: string
  readonly folder: string
  readonly scripts: Readonly<Record<string, string>>
}

/** How one package's script ended, as turbo tells it. */
export interface TaskEnding {
  readonly exitCode: number
  readonly elapsedMs: number
  readonly cached: boolean
}

export interface WorkspaceRun {
  readonly parts: readonly Outcome[]
  readonly output: string
}

/** Runs a script in every workspace package through turbo, and reads from its reports what became of each. */
export async function runWorkspaceStep(
  { script }: WorkspaceStep,
  options: ChildOptions & { readonly say: (line: string) => void },
): Promise<WorkspaceRun> {
  const packages = workspacePackages(options.cwd)
  const summaries = join(options.cwd, '.turbo', 'runs')
  // What an earlier run left must not be taken for this run's: a report is there afterwards only if this run wrote it,
  // or if turbo restored it together with the cached result that it belongs to.
  rmSync(summaries, { recursive: true, force: true })
  mkdirSync(summaries, { recursive: true })
  for (const { folder } of packages) rmSync(join(folder, reportPath), { force: true })

  const telling = script === 'test' ? tellAsTheyEnd(packages, options.say) : undefined
  const flags = ['--continue=always', '--output-logs=errors-only', '--log-order=grouped', '--summarize']
  const passedOn = script === 'test' ? ['--', ...reporters.map((reporter) => `--reporter=${reporter}`)] : []
  const { code, output } = await runChild('turbo', ['run', script, ...flags, ...passedOn], options)
  clearInterval(telling)

  const endings = readEndings(summaries, script)
  const parts = packages.map((workspacePackage) => judge(workspacePackage, script, endings.get(workspacePackage.name)))
  const explained = code === 0 || parts.some(({ failures }) => failures.length > 0)
  return { parts: explained ? parts : [...parts, turboFailed(code)], output }
}

function workspacePackages(root: string): readonly WorkspacePackage[] {
  return workspaceFolders(root).map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Partial<WorkspacePackage>
    return { name: manifest.name ?? folder, folder, scripts: manifest.scripts ?? {} }
  })
}

/** What one package's script proves; `ending` is undefined where turbo did not run it. */
export function judge(
  { name, folder, scripts }: WorkspacePackage,
  script: WorkspaceStep['script'],
  ending: TaskEnding | undefined,
): Outcome {
  const { exitCode, elapsedMs, cached } = ending ?? { exitCode: 1, elapsedMs: 0, cached: false }
  const outcome = { name, elapsedMs, cached, passed: 0, notRun: [] }
  if (scripts[script] === undefined) return { ...outcome, failures: [`${name} has no "${script}" script; add one`] }
  if (ending === undefined) return { ...outcome, failures: [`${name}: turbo did not run "${script}"; see above`] }
  if (script === 'typecheck') {
    return exitCode === 0 ? { ...outcome, passed: 1, failures: [] } : { ...outcome, failures: [`${name}: see above`] }
  }
  const report = readTestReport(join(folder, reportPath))
  if (report === undefined) return { ...outcome, failures: [`${name}: its tests left no report; see above`] }
  const { passed, notRun } = report
  const failures = [...report.failed, ...report.errors].map((failure) => `${name}: ${failure}`)
  if (passed + failures.length === 0) failures.push(`${name}: not a single test case ran`)
  if (exitCode !== 0 && failures.length === 0) {
    failures.push(`${name}: no test case failed, but the run did: see above (is the coverage below its threshold?)`)
  }
  return { ...outcome, passed, failures, notRun }
}

function turboFailed(code: number): Outcome {
  const failures = [`turbo ended with ${code}, and no package says why; see above`]
  return { name: 'turbo', passed: 0, failures, notRun: [], elapsedMs: 0, cached: false }
}

interface TurboTask {
  readonly package: string
  readonly task: string
  readonly cache: { readonly status: string }
  readonly execution?: { readonly startTime: number; readonly endTime: number; readonly exitCode: number | null }
}

function readEndings(summaries: string, script: string): ReadonlyMap<string, TaskEnding> {
  const endings = new Map<string, TaskEnding>()
  for (const file of readdirSync(summaries)) {
    const summary = JSON.parse(readFileSync(join(summaries, file), 'utf8')) as { readonly tasks: readonly TurboTask[] }
    for (const { package: name, task, cache, execution } of summary.tasks) {
      if (task !== script || execution === undefined) continue
      const elapsedMs = execution.endTime - execution.startTime
      endings.set(name, { exitCode: execution.exitCode ?? 1, elapsedMs, cached: cache.status === 'HIT' })
    }
  }
  return endings
}

/** Tests take minutes on a small machine, so each package is told as soon as its report is there. */
function tellAsTheyEnd(packages: readonly WorkspacePackage[], say: (line: string) => void): NodeJS.Timeout {
  const waitedFor = new Set(packages)
  return setInterval(() => {
    for (const waiting of waitedFor) {
      const report = readTestReport(join(waiting.folder, reportPath))
      if (report === undefined) continue
      waitedFor.delete(waiting)
      say(`    ${waiting.name}: ${report.passed} passed, ${report.failed.length + report.errors.length} failed`)
    }
  }, progressEveryMs)
}
