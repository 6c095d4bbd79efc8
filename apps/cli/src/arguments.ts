import { optionsOf, shown, wrongUsage, type Command, type Option } from './commands/command.ts'
import { nearest } from '@flotilla/core/text'

/** Every command has these. */
export const globalOptions: readonly Option[] = [
  { name: 'json', placeholder: '', description: 'print one JSON document instead of text' },
  { name: 'no-color', placeholder: '', description: 'no colours; there are none either with NO_COLOR, or in a pipe' },
  { name: 'help', letter: 'h', placeholder: '', description: 'what it is for, and how to use it' },
]

/** What is known before the command itself is loaded. */
export type ChosenCommand<Listed> = {
  /** The options that stood before its name. */
  readonly options: ReadonlyMap<string, string>
  /** What comes after its name. */
  readonly rest: readonly string[]
} & (
  | { readonly type: 'command'; readonly listed: Listed }
  /** The first word of several commands, of which help is wanted. */
  | { readonly type: 'family'; readonly first: string }
  /** Help by its name, or because nothing was named. */
  | { readonly type: 'help' | 'nothing' }
)

/** Which command is meant; global options may stand before it. */
export function chooseCommand<Listed extends { readonly name: string }>(
  argv: readonly string[],
  commands: readonly Listed[],
): ChosenCommand<Listed> {
  const options = new Map<string, string>()
  const left = [...argv]
  while (isOption(left[0])) readOption(left, { known: globalOptions, options, help: 'help' })
  const [first, second] = left
  if (first === undefined) return { type: 'nothing', options, rest: [] }
  if (first === helpName) return { type: 'help', options, rest: left.slice(1) }
  const isFamily = commands.some(({ name }) => name.startsWith(`${first} `))
  const wantsHelp = second === '--help' || second === '-h' || (second === undefined && options.has('help'))
  if (isFamily && wantsHelp && !commands.some(({ name }) => name === first)) {
    return { type: 'family', first, options, rest: [] }
  }
  const listed = findCommand(left, commands)
  return { type: 'command', listed, options, rest: left.slice(listed.name.split(' ').length) }
}

const helpName = 'help'

export interface ReadWords {
  readonly options: ReadonlyMap<string, string>
  readonly words: readonly string[]
}

/** Global options may stand anywhere, those of a command after its name; words after `--` are no options. */
export function readWords(command: Command, chosen: Omit<ChosenCommand<unknown>, 'type'>): ReadWords {
  const options = new Map(chosen.options)
  const left = [...chosen.rest]
  if (command.handsOn === true) return { options, words: handedOn(left, options) }

  const words: string[] = []
  const known = [...globalOptions, ...optionsOf(command)]
  while (left.length > 0) {
    if (left[0] === '--') words.push(...left.splice(0).slice(1))
    else if (isOption(left[0])) readOption(left, { known, options, help: `help ${command.name}` })
    else words.push(...left.splice(0, 1))
  }
  if (!options.has('help')) checkWords(words, command)
  return { options, words }
}

function isOption(word: string | undefined): boolean {
  return word !== undefined && word !== '--' && /^-./s.test(word)
}

/** Takes one option, with its value, from the front of `left`. */
function readOption(
  left: string[],
  to: { readonly known: readonly Option[]; readonly options: Map<string, string>; readonly help: string },
): void {
  const { known, options, help } = to
  const word = left.shift() ?? ''
  const option = known.find(({ name: full, letter }) => {
    return (letter !== undefined && word === `-${letter}`) || word.split('=', 1)[0] === `--${full}`
  })
  const see = `see \`flotilla ${help}\` for those that there are`
  if (option === undefined) throw wrongUsage(`there is no option ${shown(word)} here`, see)
  const { name } = option
  const inline = /^--[^=]+=(.*)$/s.exec(word)?.[1]
  if (options.has(name)) throw wrongUsage(`--${name} is given twice`, 'give it once')
  const isSwitch = option.placeholder === ''
  if (isSwitch && inline !== undefined) throw wrongUsage(`--${name} takes no value`, `write --${name} alone`)
  const value = inline ?? (isSwitch ? '' : left.shift())
  if (value === undefined) throw wrongUsage(`--${name} has no value`, `write --${name} ${option.placeholder}`)
  options.set(name, value)
}

function findCommand<Listed extends { readonly name: string }>(
  words: readonly string[],
  commands: readonly Listed[],
): Listed {
  const names = [...commands.map(({ name }) => name), helpName]
  const said = (name: string): string => words.slice(0, name.split(' ').length).join(' ')
  const command = commands.find(({ name }) => said(name) === name)
  if (command !== undefined) return command

  const [first = ''] = words
  const below = names.filter((name) => name.startsWith(`${first} `))
  const meant = [...new Set(names.map(said))].map((typed) => nearest(typed, names)).find((name) => name !== undefined)
  const see = 'see `flotilla help` for those that there are'
  const hint = meant === undefined ? see : `did you mean \`flotilla ${meant}\`?`
  if (below.length === 0) throw wrongUsage(`there is no command ${shown(first)}`, hint)
  const full = below.map((name) => `\`flotilla ${name}\``).join(' or ')
  throw wrongUsage(`${shown(words.slice(0, 2).join(' '))} is no command`, `write ${full}`)
}

/** What goes to the other program: all but the global options that are for us alone. */
function handedOn(words: readonly string[], options: Map<string, string>): readonly string[] {
  const end = words.indexOf('--')
  const ours = new Set(['--help', '-h', '--no-color'])
  const before = end === -1 ? words : words.slice(0, end)
  for (const word of before.filter((candidate) => ours.has(candidate))) {
    options.set(word === '--no-color' ? 'no-color' : 'help', '')
  }
  return [...before.filter((word) => !ours.has(word)), ...(end === -1 ? [] : words.slice(end + 1))]
}

function checkWords(words: readonly string[], { words: { least, most }, usage }: Command): void {
  const extra = words[most]
  if (extra !== undefined) throw wrongUsage(`${shown(extra)} is too much`, `write \`${usage}\``)
  if (words.length < least) throw wrongUsage('something is missing', `write \`${usage}\``)
}
