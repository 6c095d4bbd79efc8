import type { ListedCommand } from '../command-table.ts'
import { candidatesFor, type LiveNames } from '../completion/candidates.ts'
import { quotedWord, splitLine } from './split-line.ts'

export interface LineCompletion {
  readonly table: readonly ListedCommand[]
  readonly live: LiveNames
  /** Files that begin so; a folder with a slash behind it. */
  readonly files: (start: string) => Promise<readonly string[]>
}

export interface CompletedLine {
  /** What could stand in place of `part`, which is the end of the line. */
  readonly words: readonly string[]
  readonly part: string
}

/** What a line that is being written could go on with. */
export async function completedLine(line: string, { table, live, files }: LineCompletion): Promise<CompletedLine> {
  const { words: all, endsInWord } = splitLine(line)
  const words = endsInWord ? all : [...all, '']
  const [first = '', ...rest] = words
  const start = words.at(-1) ?? ''
  const part = line.slice(line.length - writtenLength(line, endsInWord))
  if (words.length === 1 && first.startsWith('@')) {
    const names = ['all', ...(await live('node', '', undefined))]
    const before = first.slice(0, first.lastIndexOf(',') + 1) || '@'
    const found = names.map((name) => `${before}${name} `).filter((word) => word.startsWith(first))
    return { words: found, part }
  }
  const found = await candidatesFor(first.startsWith('@') ? rest : words, table, live)
  const named = found.words.map(({ word }) => `${quotedWord(word)} `)
  const own = words.length === 1 ? ['exit '].filter((word) => word.startsWith(start)) : []
  if (!found.files) return { words: [...named, ...own], part }
  const paths = await files(start)
  return { words: paths.map((path) => (path.endsWith('/') ? quotedWord(path) : `${quotedWord(path)} `)), part }
}

/** How much of the end of the line the last word takes as it is written, quotes and all. */
function writtenLength(line: string, endsInWord: boolean): number {
  if (!endsInWord) return 0
  const words = splitLine(line).words.length
  for (let length = 1; length <= line.length; length++) {
    const before = splitLine(line.slice(0, line.length - length))
    if (before.open === undefined && !before.endsInWord && before.words.length === words - 1) return length
  }
  return line.length
}
