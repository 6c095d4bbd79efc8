import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { missingSystemPrograms } from '../bootstrap/system-programs.mjs'
import { runChild, type ChildOptions } from './child.ts'
import type { StepOutcome } from './outcome.ts'
import type { CommandStep, Step } from './steps.ts'
import { runWorkspaceStep, type WorkspaceRun } from './workspace-step.ts'

const tickEveryMs = 30_000

export interface RunnerOptions {
  readonly root: string
  readonly signal: AbortSignal
  readonly colours: boolean
  /** Prints a line for the person who waits. */
  readonly say: (line: string) => void
}

/** Runs all steps in order. A step that fails stops no other: one run tells everything that is wrong. */
export async function runSteps(steps: readonly Step[], options: RunnerOptions): Promise<readonly StepOutcome[]> {
  const outcomes: StepOutcome[] = []
  for (const step of steps) {
    if (options.signal.aborted) break
    outcomes.push(await runStep(step, options))
  }
  return outcomes
}

async function runStep(step: Step, { root, signal, colours, say }: RunnerOptions): Promise<StepOutcome> {
  const startedMs = performance.now()
  const elapsedSeconds = (): string => ((performance.now() - startedMs) / 1000).toFixed(1)
  say(`${step.name} …`)
  const ticking = setInterval(() => say(`    ${elapsedSeconds()} s and still at it`), tickEveryMs)
  const child = { cwd: root, env: stepEnvironment(root, colours), signal }
  const { parts, output } = await (step.type === 'command'
    ? runCommand(step, child)
    : runWorkspaceStep(step, { ...child, say }))
  clearInterval(ticking)

  const failed = parts.reduce((sum, { failures }) => sum + failures.length, 0)
  if (failed > 0) say(`${output.trim()}\n`)
  say(`    ${failed === 0 ? 'passed' : 'FAILED'} in ${elapsedSeconds()} s`)
  if (failed > 0) say(`    ${step.whenItFails}`)
  const elapsedMs = performance.now() - startedMs
  return { step: step.name, whenItFails: step.whenItFails, parts, elapsedMs, output }
}

async function runCommand({ name, command }: CommandStep, options: ChildOptions): Promise<WorkspaceRun> {
  const [program, ...args] = command
  const { code, output } = await runChild(program, args, options)
  const failures = code === 0 ? [] : [`${command.join(' ')} ended with ${code}`]
  const part = { name, passed: failures.length === 0 ? 1 : 0, failures, notRun: [], elapsedMs: 0, cached: false }
  return { parts: [part], output }
}

/** The environment of every step: programs of this checkout first, nobody is phoned, and nothing asks questions. */
function stepEnvironment(root: string, colours: boolean): NodeJS.ProcessEnv {
  const ours = [join(root, '.tools', 'bin'), join(root, 'node_modules', '.bin')]
  const absent = missingSystemPrograms().map(({ name }) => name)
  if (!existsSync(join(root, '.tools', 'bin', 'newest-node'))) absent.push('newest-node')
  return {
    ...process.env,
    PATH: [...ours, process.env['PATH']].join(delimiter),
    CI: 'true',
    DO_NOT_TRACK: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    // turbo reuses a result only where this is the same: another Node, or a browser that was missing, proves less.
    FLOTILLA_MACHINE: [process.platform, process.arch, process.version, 'without', ...absent].join(' '),
    ...(colours ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
  }
}
