import { checkDataFolder } from '../check/data-folder-check.ts'
import { findingLines } from '../check/finding-lines.ts'
import { exitCodes } from '../exit-codes.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'

export const checkCommand: Command = {
  name: 'check',
  summary: 'whether a data folder is sound, its node running or not; changes nothing in it',
  usage: 'flotilla check [--data FOLDER]',
  examples: [['flotilla check --data /var/lib/flotilla', 'whether that folder is sound; the node may run or not']],
  options: [dataOption],
  isLocal: true,
  words: { least: 0, most: 0 },
  waitsFor: 'the files to be read',
  async run(call) {
    const findings = await checkDataFolder(dataFolderOf(call))
    const failed = findings.some(({ state }) => state === 'failed')
    return {
      exitCode: failed ? exitCodes.failed : exitCodes.ok,
      lines: findingLines(findings),
      document: { sound: !failed, findings },
    }
  },
}
