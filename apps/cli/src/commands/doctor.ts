import { findingLines } from '../check/finding-lines.ts'
import { examine } from '../doctor/doctor.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Line } from '../terminal/lines.ts'
import { statusLine } from '../terminal/status-line.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'

export const doctorCommand: Command = {
  name: 'doctor',
  summary: 'finds the usual troubles of a machine, its node and its cluster, and says how to mend each',
  usage: 'flotilla doctor [--all] [--data FOLDER]',
  examples: [
    ['flotilla doctor', 'what is wrong, and what to do about it'],
    ['flotilla doctor --json', 'all that was looked at, for programs; the exit code says whether something failed'],
  ],
  options: [{ name: 'all', placeholder: '', description: 'also what is as it should be' }, dataOption],
  isLocal: true,
  words: { least: 0, most: 0 },
  async run(call) {
    const status = statusLine(call)
    status.show('Looking at the machine, the node and those it is connected with')
    const findings = await examine(dataFolderOf(call), call.environment)
    status.clear()
    const failed = findings.filter(({ state }) => state === 'failed').length
    const warned = findings.filter(({ state }) => state === 'warning').length
    const shown = call.options.has('all') ? findings : findings.filter(({ state }) => state !== 'ok')
    const sound: Line = [{ tone: 'good', text: `Nothing is wrong; ${findings.length} things were looked at.` }]
    const count = `${failed} failed, ${warned} to be careful about, of ${findings.length} that were looked at.`
    return {
      exitCode: failed > 0 ? exitCodes.failed : exitCodes.ok,
      lines: [...findingLines(shown), ...(failed + warned === 0 ? [sound] : ['', count])],
      document: { sound: failed === 0, failed, warnings: warned, findings },
    }
  },
}
