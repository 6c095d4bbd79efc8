import type { StepOutcome } from './outcome.ts'

export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export function count(outcomes: readonly StepOutcome[]): Counts {
  const parts = outcomes.flatMap((outcome) => outcome.parts)
  return {
    passed: parts.reduce((sum, part) => sum + part.passed, 0),
    failed: parts.reduce((sum, part) => sum + part.failures.length, 0),
    skipped: parts.reduce((sum, part) => sum + part.notRun.length, 0),
  }
}

/** The lines that end a run; the last one is the count alone, for people and programs that read nothing else. */
export function summarize(outcomes: readonly StepOutcome[], elapsedMs: number): readonly string[] {
  return [
    '',
    ...table(outcomes),
    ...section('Not run', notRun(outcomes)),
    ...section('Failed', failures(outcomes)),
    '',
    `All of it took ${seconds(elapsedMs)}.`,
    countLine(count(outcomes)),
  ]
}

/** `N passed, N failed`, and what was skipped only where something was. */
export function countLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`
  return skipped === 0 ? line : `${line}, ${skipped} skipped`
}

function table(outcomes: readonly StepOutcome[]): readonly string[] {
  const rows = outcomes.flatMap(({ step, parts, elapsedMs }) => {
    const own = parts.length === 1 && parts[0]?.name === step
    const total = row(step, count([{ step, whenItFails: '', parts, elapsedMs, output: '' }]), seconds(elapsedMs))
    const each = parts.map((part) => {
      const counts = { passed: part.passed, failed: part.failures.length, skipped: part.notRun.length }
      return row(`  ${part.name}`, counts, part.cached ? 'unchanged' : seconds(part.elapsedMs))
    })
    return own ? [total] : [total, ...each]
  })
  const head = ['', 'passed', 'failed', 'not run', 'time']
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((cells) => cells[column]?.length ?? 0)))
  return [head, ...rows].map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  '),
  )
}

function row(name: string, { passed, failed, skipped }: Counts, time: string): readonly string[] {
  return [name, String(passed), String(failed), String(skipped), time]
}

/** Tests that were not run for the same reason share a line; a run without a browser should not hide the rest. */
function notRun(outcomes: readonly StepOutcome[]): readonly string[] {
  const all = outcomes.flatMap(({ parts }) => parts.flatMap((part) => part.notRun.map((test) => ({ ...test, part }))))
  const groups = Map.groupBy(all, ({ part, because }) => `${part.name}: not run, because ${because}`)
  return [...groups].flatMap(([title, tests]) => [title, ...tests.map(({ what }) => `  ${what}`)])
}

function failures(outcomes: readonly StepOutcome[]): readonly string[] {
  return outcomes.flatMap(({ step, whenItFails, parts }) => {
    const lines = parts.flatMap((part) => part.failures.map((failure) => `  ${failure}`))
    return lines.length === 0 ? [] : [`${step}: ${whenItFails}`, ...lines]
  })
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)]
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
