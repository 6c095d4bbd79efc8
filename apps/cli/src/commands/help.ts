import { globalOptions } from '../arguments.ts'
import type { ListedCommand } from '../command-table.ts'
import { exitCodeMeanings, exitCodes } from '../exit-codes.ts'
import { nearest } from '@flotilla/core/text'
import { columns, type Line } from '../terminal/lines.ts'
import { optionsOf, shown, wrongUsage, type Command, type Option, type Result } from './command.ts'

/** Needs to know the others. */
export function helpCommand(others: readonly ListedCommand[]): Command {
  const command: Command = {
    name: 'help',
    summary: 'this list, or how to use one command',
    usage: 'flotilla help [COMMAND]',
    examples: [['flotilla help lock run', 'what `lock run` takes, with examples and exit codes']],
    options: [],
    words: { least: 0, most: 2 },
    async run({ words }) {
      const all = [...others, { name: command.name, load: () => Promise.resolve(command) }]
      if (words.length === 0) return helpOfAll(await loaded(all))
      const name = words.join(' ')
      const found = all.find((candidate) => candidate.name === name)
      if (found !== undefined) return helpOf(await found.load())
      if (all.some((candidate) => candidate.name.startsWith(`${name} `))) return helpOfFamily(name, all)
      const names = all.map((candidate) => candidate.name)
      const meant = nearest(name, names)
      const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean \`flotilla help ${meant}\`?`
      throw wrongUsage(`there is no command ${shown(name)}`, hint)
    },
  }
  return command
}

function loaded(listed: readonly ListedCommand[]): Promise<readonly Command[]> {
  return Promise.all(listed.map(({ load }) => load()))
}

export function helpOf(command: Command): Result {
  const lines: readonly Line[] = [
    command.usage,
    '',
    `  ${command.summary}`,
    '',
    ...optionLines([...optionsOf(command), ...globalOptions]),
    ...section('For example:', command.examples),
    ...section('Exit codes:', command.exitCodes),
  ]
  return { exitCode: exitCodes.ok, lines, document: described(command) }
}

/** For the first word of commands of two, such as `lock`. */
export async function helpOfFamily(first: string, commands: readonly ListedCommand[]): Promise<Result> {
  const family = await loaded(commands.filter(({ name }) => name.startsWith(`${first} `)))
  const lines: readonly Line[] = [
    ...columns(family.map(({ usage, summary }) => [usage.replace('flotilla ', ''), summary])),
    '',
    `\`flotilla ${family[0]?.name ?? first} --help\` says more of one of them, with examples.`,
  ]
  return { exitCode: exitCodes.ok, lines, document: { commands: family.map(described) } }
}

function helpOfAll(commands: readonly Command[]): Result {
  const lines: readonly Line[] = [
    [{ tone: 'strong', text: 'flotilla' }, ' looks after the nodes of Flotilla on this machine.'],
    '',
    ...columns(commands.map(({ usage, summary }) => [usage.replace('flotilla ', ''), summary])),
    '',
    'With every command:',
    ...optionLines(globalOptions),
    '',
    "Exit codes (those of `up` are the node's):",
    ...columns(exitCodeMeanings.map(([code, meaning]) => [String(code), meaning])),
  ]
  return { exitCode: exitCodes.ok, lines, document: { commands: commands.map(described) } }
}

function section(title: string, rows: readonly (readonly [string | number, string])[] = []): readonly Line[] {
  return rows.length === 0 ? [] : ['', title, ...columns(rows.map(([name, meaning]) => [String(name), meaning]))]
}

function described(command: Command): object {
  const { name, summary, usage, examples = [], exitCodes: codes = [] } = command
  return { name, summary, usage, options: [...optionsOf(command), ...globalOptions], examples, exitCodes: codes }
}

function optionLines(options: readonly Option[]): readonly Line[] {
  return columns(
    options.map(({ name, letter, placeholder, description }) => {
      const names = letter === undefined ? `--${name}` : `--${name}, -${letter}`
      return [`${names} ${placeholder}`.trim(), description]
    }),
  )
}
