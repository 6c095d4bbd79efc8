import type { Sweep } from './sweep.ts'
import type { SeedReport } from './worker.ts'

/** Everything that somebody needs to see a failure again and to begin to understand it. */
export function failureText(report: SeedReport, commit: string): string {
  const lines = [`FAILED  ${report.suite}, seed ${report.seed}, commit ${commit}`]
  if (report.violation !== undefined) {
    lines.push(`  ${report.violation.sentence}`)
    if (report.violation.detail !== '') lines.push(indent(report.violation.detail))
  }
  if (report.secondHash !== undefined) {
    lines.push('  The same seed does the same thing.')
    lines.push(`    the first run's trace was ${report.traceHash}, the second's ${report.secondHash}`)
  }
  lines.push(`  faults: ${report.faults.join(', ') || 'none'}`)
  if (report.lastEvents.length > 0) lines.push('  last events:', ...report.lastEvents.map((line) => `  ${line}`))
  lines.push(`  again: pnpm sim ${report.suite} --seed ${report.seed} --trace`)
  return lines.join('\n')
}

export function failureLine(report: SeedReport, commit: string): string {
  return JSON.stringify({ type: 'failure', commit, ...report })
}

export function sweepText({ suite, seeds, steps, virtualMs, elapsedMs, failures }: Sweep): string {
  const seconds = elapsedMs / 1_000
  const verdict = failures.length === 0 ? 'held  ' : 'FAILED'
  const failed = failures.length === 0 ? '' : `, ${failures.length} failed`
  const life = `${(virtualMs / 3_600_000).toFixed(1)} h of life in ${seconds.toFixed(1)} s`
  const rate = `${Math.round(steps / seconds).toLocaleString('en')} events/s`
  return `${verdict}  ${suite.padEnd(20)} ${seeds} seeds${failed}, ${life}, ${rate}`
}

export function sweepLine(sweep: Sweep, commit: string): string {
  return JSON.stringify({ type: 'suite', commit, ...sweep, failures: sweep.failures.length })
}

function indent(text: string): string {
  return text.replaceAll(/^/gm, '    ')
}
