import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../../exit-codes.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { askSettingsProgram } from '../../running-node/settings-program.ts'
import type { Line } from '../../terminal/lines.ts'
import { dataOption, nodeOf, type Call, type Command } from '../command.ts'
import { problemLines, readProblems, textOrNull, type Problem } from './config-answer.ts'

export const configCheckCommand: Command = {
  name: 'config check',
  summary: 'whether a node would start with a file and this environment; without FILE, with that of the running node',
  usage: 'flotilla config check [FILE] [--data FOLDER]',
  examples: [['flotilla config check /etc/flotilla/config.yaml', 'before the node is started again']],
  exitCodes: [
    [exitCodes.ok, 'nothing is wrong'],
    [exitCodes.failed, 'something is, and was told with file and line'],
  ],
  options: [dataOption],
  isLocal: true,
  words: { least: 0, most: 1 },
  async run(call) {
    const [named] = call.words
    const { file, problems, warnings, lookedFor } =
      (named === undefined ? await onDiskOfNode(call) : undefined) ?? (await checked(call, named))
    const where = file === null ? 'the settings' : file
    const nothing = `There is no file (${lookedFor.join(', ')}); the defaults hold.`
    const lines: readonly Line[] =
      problems.length > 0
        ? problemLines(problems)
        : [file === null ? nothing : [`${where}: `, { tone: 'good', text: 'nothing is wrong' }]]
    const careful = warnings.map((warning): Line => [{ tone: 'careful', text: `Careful: ${warning}.` }])
    return {
      exitCode: problems.length > 0 ? exitCodes.failed : exitCodes.ok,
      lines: [...lines, ...careful],
      document: { sound: problems.length === 0, file, problems, warnings },
    }
  },
}

interface Checked {
  readonly file: string | null
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
  readonly lookedFor: readonly string[]
}

/** Of the node that runs: with its flags and its environment, which may be others than ours. */
async function onDiskOfNode(call: Call): Promise<Checked | undefined> {
  const place = nodeOf(call)
  try {
    const client = await NodeClient.of(place)
    return await client.get('/v1/settings', (said) => {
      const onDisk = said.object('onDisk')
      const file = textOrNull(onDisk, 'file') ?? textOrNull(said, 'file')
      return { file, problems: readProblems(onDisk), warnings: said.texts('warnings'), lookedFor: [] }
    })
  } catch (error) {
    if (typeof place === 'string' && error instanceof FlotillaError && error.code === 'not-running') return undefined
    throw error
  }
}

async function checked({ environment }: Call, named: string | undefined): Promise<Checked> {
  const said = await askSettingsProgram(['check', ...(named === undefined ? [] : [`--config=${named}`])], environment)
  return {
    file: textOrNull(said, 'file'),
    problems: readProblems(said),
    warnings: said.texts('warnings'),
    lookedFor: said.texts('lookedFor'),
  }
}
