import { exitCodes } from '../../exit-codes.ts'
import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { askSettingsProgram } from '../../running-node/settings-program.ts'
import { columns, type Line } from '../../terminal/lines.ts'
import type { Command } from '../command.ts'
import { textOrNull } from './config-answer.ts'

export const configExplainCommand: Command = {
  name: 'config explain',
  summary: 'what a setting is, what it may be, its default, and how it is given; without a name, all of them',
  usage: 'flotilla config explain [SETTING]',
  examples: [['flotilla config explain log-level', 'all of one']],
  options: [],
  words: { least: 0, most: 1 },
  async run({ words, environment }) {
    const said = await askSettingsProgram(['explain', ...words], environment)
    const settings = said.list('settings').map(readExplained)
    const lines = words.length === 0 ? listLines(settings) : settings.flatMap(explainedLines)
    return { exitCode: exitCodes.ok, lines, document: { settings } }
  },
}

export const configExampleCommand: Command = {
  name: 'config example',
  summary: 'print a file with every setting and what it is, of which none says anything yet',
  usage: 'flotilla config example',
  examples: [['flotilla config example > config.yaml', 'to begin with']],
  options: [],
  words: { least: 0, most: 0 },
  async run({ environment }) {
    const text = (await askSettingsProgram(['example'], environment)).text('text')
    return { exitCode: exitCodes.ok, lines: text.trimEnd().split('\n'), document: { text } }
  },
}

type Explained = ReturnType<typeof readExplained>

function readExplained(said: NodeAnswer) {
  return {
    name: said.text('name'),
    group: said.text('group'),
    description: said.text('description'),
    type: said.text('type'),
    mayBe: said.text('mayBe'),
    default: said.text('default'),
    flag: said.text('flag'),
    environment: textOrNull(said, 'environment'),
    inFile: textOrNull(said, 'inFile'),
    live: said.flag('live'),
  }
}

function listLines(settings: readonly Explained[]): readonly Line[] {
  const groups = [...Map.groupBy(settings, ({ group }) => group)]
  return groups.flatMap(([title, members], index): readonly Line[] => [
    ...(index === 0 ? [] : ['']),
    [{ tone: 'strong', text: title }],
    ...columns(members.map(({ name, description }) => [name, description])),
  ])
}

function explainedLines(setting: Explained): readonly Line[] {
  const { name, description, mayBe, flag, environment, inFile, live } = setting
  return [
    [{ tone: 'strong', text: name }, `: ${description}`],
    ...columns([
      ['may be', mayBe],
      ['default', setting.default],
      ['flag', flag],
      ...(environment === null ? [] : [['variable', environment]]),
      ...(inFile === null ? [] : [['in a file', inFile]]),
      ['takes effect', live ? 'when the settings are read again (`flotilla config reload`)' : 'at the next start'],
    ]),
  ]
}
