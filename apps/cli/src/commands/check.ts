import { checkDataFolder } from '../check/data-folder-check.ts'
import type { FindingState } from '../check/finding.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Line, Tone } from '../terminal/lines.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'

const tones: Readonly<Record<FindingState, Tone>> = { ok: 'good', warning: 'careful', failed: 'bad' }
const stateWidth = 'warning'.length

export const checkCommand: Command = {
  name: 'check',
  summary: 'whether a data folder is sound, its node running or not; changes nothing in it',
  usage: 'flotilla check [--data FOLDER]',
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const findings = await checkDataFolder(dataFolderOf(call))
    const width = Math.max(...findings.map(({ subject }) => subject.length))
    const lines = findings.flatMap(({ subject, state, what, hint }): readonly Line[] => [
      [{ tone: tones[state], text: state.padEnd(stateWidth) }, `  ${subject.padEnd(width)}  ${what}`],
      ...(hint === undefined ? [] : [`${' '.repeat(stateWidth + width + 4)}${hint}`]),
    ])
    const failed = findings.some(({ state }) => state === 'failed')
    return { exitCode: failed ? exitCodes.failed : exitCodes.ok, lines, document: { sound: !failed, findings } }
  },
}
