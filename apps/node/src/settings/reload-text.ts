import { safeJson, safeText } from '@flotilla/core/text'
import { problemSentence } from './setting-problem.ts'
import type { ReloadReport } from './settings-in-force.ts'
import { reloadAnswer } from './settings-report.ts'

/** What came of reading the settings again: one JSON object, or lines for people. */
export function reloadText(report: ReloadReport, json: boolean): string {
  const { file, problems, changed, waiting } = report
  const isWrong = problems.length > 0
  if (json) return safeJson({ event: isWrong ? 'reload-failed' : 'reloaded', ...reloadAnswer(report) })
  const from = file === undefined ? 'The settings were read again' : `The settings in ${file} were read again`
  const lines = isWrong
    ? [`${from}, and none has changed:`, ...problems.map((problem) => `  ${problemSentence(problem)}`)]
    : [
        `${from}: ${changed.length === 0 ? 'nothing changes now' : `${changed.join(', ')} changed`}.`,
        ...(waiting.length === 0 ? [] : [`From the next start: ${waiting.join(', ')}.`]),
      ]
  return lines.map((line) => `  ${safeText(line)}`).join('\n')
}
