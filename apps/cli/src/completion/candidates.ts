import { unreachable } from '@flotilla/core/errors'
import { globalOptions } from '../arguments.ts'
import type { ListedCommand } from '../command-table.ts'
import type { Command, Option } from '../commands/command.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { optionKind, wordKinds, type WordKind } from './word-kinds.ts'

/** What the words of a command line could go on with. */
export interface Candidates {
  readonly words: readonly Candidate[]
  /** The shell itself knows which files there are. */
  readonly files: boolean
}

interface Candidate {
  readonly word: string
  /** In a few words, where the shell shows them. */
  readonly about: string
}

/** Names that a running node knows; none where no node answers at once. `data` is the folder that was named. */
export type LiveNames = (
  kind: 'node' | 'lock' | 'blob' | 'vm',
  start: string,
  data: string | undefined,
) => Promise<readonly string[]>

const none: Candidates = { words: [], files: false }

/** The last of `words` is the one that is being written; the program itself is not among them. */
export async function candidatesFor(
  words: readonly string[],
  table: readonly ListedCommand[],
  live: LiveNames,
): Promise<Candidates> {
  const start = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const skipped = before.findIndex((word) => !word.startsWith('-'))
  const named = skipped === -1 ? [] : before.slice(skipped)
  const listed = commandOf(named, table)
  if (listed === undefined || isLonger(named, table)) {
    const options = start.startsWith('-') ? optionCandidates(globalOptions, new Set()) : []
    const found = [...namesAfter(named, table), ...options].filter(({ word }) => word.startsWith(start))
    if (found.length > 0 || listed === undefined) return { words: bounded(found), files: false }
  }
  const command = await listed.load()
  return withinCommand(named.slice(listed.name.split(' ').length), start, { command, table, live })
}

interface Within {
  readonly command: Command
  readonly table: readonly ListedCommand[]
  readonly live: LiveNames
}

async function withinCommand(given: readonly string[], start: string, within: Within): Promise<Candidates> {
  const { command, table, live } = within
  if (given.includes('--')) return { words: [], files: true }
  if (command.handsOn === true) return none
  const known = [...command.options, ...globalOptions]
  const { words, options, waiting } = readGiven(given, known)
  if (waiting !== undefined) {
    return ofKind(optionKind(waiting.placeholder, waiting.description), start, {
      table,
      live,
      data: options.get('data'),
    })
  }
  if (start.startsWith('-')) {
    const left = optionCandidates(known, new Set(options.keys()))
    return { words: bounded(left.filter(({ word }) => word.startsWith(start))), files: false }
  }
  const kinds = wordKinds(command.name, command.usage)
  const place = Math.min(words.length, kinds.length - 1)
  if (words.length >= command.words.most || kinds[place] === undefined) return none
  return ofKind(kinds[place], start, { table, live, data: options.get('data') })
}

interface Sources {
  readonly table: readonly ListedCommand[]
  readonly live: LiveNames
  readonly data: string | undefined
}

async function ofKind(kind: WordKind, start: string, { table, live, data }: Sources): Promise<Candidates> {
  switch (kind.type) {
    case 'choices':
      return wordsOnly(kind.words, start)
    case 'command':
      return wordsOnly([...new Set(table.map(({ name }) => name.split(' ', 1)[0] ?? ''))], start)
    case 'file':
      return { words: [], files: true }
    case 'any':
      return none
    case 'node':
    case 'lock':
    case 'blob':
    case 'vm':
      return wordsOnly(await live(kind.type, start, data), start)
    default:
      return unreachable(kind, 'kind of word')
  }
}

function wordsOnly(words: readonly string[], start: string): Candidates {
  const found = words.filter((word) => word.startsWith(start)).map((word) => ({ word, about: '' }))
  return { words: bounded(found), files: false }
}

/** What was given already, and the option whose value is being written. */
function readGiven(
  given: readonly string[],
  known: readonly Option[],
): {
  readonly words: readonly string[]
  readonly options: ReadonlyMap<string, string>
  readonly waiting: Option | undefined
} {
  const words: string[] = []
  const options = new Map<string, string>()
  let waiting: Option | undefined
  for (const word of given) {
    if (waiting !== undefined) {
      options.set(waiting.name, word)
      waiting = undefined
      continue
    }
    const [name = '', ...value] = word.split('=')
    const option = known.find((each) => `--${each.name}` === name || (each.letter && `-${each.letter}` === word))
    if (option === undefined) words.push(word)
    else if (option.placeholder === '' || value.length > 0) options.set(option.name, value.join('='))
    else waiting = option
  }
  return { words, options, waiting }
}

function optionCandidates(options: readonly Option[], given: ReadonlySet<string>): readonly Candidate[] {
  return options
    .filter(({ name }) => !given.has(name))
    .map(({ name, description }) => ({ word: `--${name}`, about: description }))
}

/** The command that the words begin with, the longest one of several. */
function commandOf(words: readonly string[], table: readonly ListedCommand[]): ListedCommand | undefined {
  const fits = table.filter(({ name }) => name.split(' ').every((part, index) => words[index] === part))
  return fits.toSorted((one, other) => other.name.length - one.name.length)[0]
}

/** Whether these words could still become the name of a longer command. */
function isLonger(words: readonly string[], table: readonly ListedCommand[]): boolean {
  return table.some(({ name }) => name.startsWith(`${words.join(' ')} `) && words.length > 0)
}

function namesAfter(words: readonly string[], table: readonly ListedCommand[]): readonly Candidate[] {
  const nexts = table.flatMap(({ name }) => {
    const parts = name.split(' ')
    const next = parts[words.length]
    return next !== undefined && words.every((word, index) => parts[index] === word) ? [next] : []
  })
  return [...new Set(nexts)].map((word) => ({ word, about: '' }))
}

function bounded(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates.slice(0, cliLimitsDefaults.candidatesMax)
}
