import type { Line, Tone } from '../terminal/lines.ts'
import type { Finding, FindingState } from './finding.ts'

const tones: Readonly<Record<FindingState, Tone>> = { ok: 'good', warning: 'careful', failed: 'bad' }
const stateWidth = 'warning'.length

/** One line for each, and below it what to do about it. */
export function findingLines(findings: readonly Finding[]): readonly Line[] {
  const width = Math.max(0, ...findings.map(({ subject }) => subject.length))
  return findings.flatMap(({ subject, state, what, hint }): readonly Line[] => [
    [{ tone: tones[state], text: state.padEnd(stateWidth) }, `  ${subject.padEnd(width)}  ${what}`],
    ...(hint === undefined ? [] : [`${' '.repeat(stateWidth + width + 4)}${hint}`]),
  ])
}
