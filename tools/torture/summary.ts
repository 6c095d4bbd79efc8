import { check, findCounterexample, register, sentenceOf, timelineOf } from '@flotilla/sim/history'
import { longestSilence, operationsOf } from './history.ts'
import type { HistoryLine } from './programs.ts'
import type { RunOutcome } from './raft-run.ts'

export interface Judgement {
  readonly held: boolean
  /** What to print. */
  readonly text: string
}

/** Far more than the histories of this load need. */
const stepsMax = 200_000_000

export function judge(outcome: RunOutcome, seed: number): Judgement {
  const { lines, faults, starts, stops, wrongs } = outcome
  const silence = longestSilence(lines)
  const history = historyWrong(lines)
  const all = [...wrongs, ...(history === undefined ? [] : [history])]
  const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`
  const text = [
    `operations  ${countsOf(lines)}`,
    `faults      ${[...faults].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'none'}`,
    `nodes       started ${starts} times, stopped ${stops} times because their disk was full`,
    `silence     ${seconds(silence.ms)} without an acknowledged write at most, ${seconds(silence.fromMs)} into the run`,
    all.length === 0 ? `held        linearizable; all nodes hold the same; seed ${seed}` : `FAILED      seed ${seed}`,
    ...all,
  ]
  return { held: all.length === 0, text: text.join('\n') }
}

function countsOf(lines: readonly HistoryLine[]): string {
  const count = (type: HistoryLine['type'], op?: HistoryLine['op']): number =>
    lines.filter((line) => line.type === type && (op === undefined || line.op === op)).length
  const answered = [
    `${count('ok', 'read')} reads`,
    `${count('ok', 'write')} writes`,
    `${count('ok', 'cas')} compare-and-sets answered`,
  ]
  return `${answered.join(', ')}; ${count('fail')} refused, ${count('info')} never answered`
}

function historyWrong(lines: readonly HistoryLine[]): string | undefined {
  const verdict = check(register, operationsOf(lines), { stepsMax })
  if (verdict.type === 'linearizable') return undefined
  if (verdict.type === 'undecided') {
    return `the history of ${verdict.keys.join(', ')} was too hard to judge in ${stepsMax} steps; a shorter run may do`
  }
  const example = findCounterexample(register, verdict)
  return `${sentenceOf(register, example)}\n${timelineOf(register, example)}`
}
