import type { NodeAnswer } from '../../running-node/node-answer.ts'
import { columns, type Line } from '../../terminal/lines.ts'
import type { Option } from '../command.ts'

export const configOption: Option = {
  name: 'config',
  placeholder: 'FILE',
  description: 'the file with settings; default: FLOTILLA_CONFIG, or where a node looks for it',
}

export interface Problem {
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly what: string
  readonly hint: string
}

export interface Entry {
  readonly name: string
  readonly value: unknown
  readonly shown: string
  readonly origin: string
  readonly calledAs: string | null
  readonly live: boolean
}

/** What came of reading the settings again, or would. */
export interface Reload {
  readonly file: string | null
  readonly problems: readonly Problem[]
  readonly changed: readonly string[]
  readonly waiting: readonly string[]
}

export function readProblems(said: NodeAnswer): readonly Problem[] {
  return said.list('problems').map((problem) => ({
    file: textOrNull(problem, 'file'),
    line: problem.maybe('line', () => problem.count('line')) ?? null,
    column: problem.maybe('column', () => problem.count('column')) ?? null,
    what: problem.text('what'),
    hint: problem.text('hint'),
  }))
}

export function readEntries(said: NodeAnswer): readonly Entry[] {
  return said.list('settings').map((entry) => ({
    name: entry.text('name'),
    value: entry.value('value'),
    shown: entry.text('shown'),
    origin: entry.text('origin'),
    calledAs: textOrNull(entry, 'calledAs'),
    live: entry.flag('live'),
  }))
}

export function readReload(said: NodeAnswer): Reload {
  return {
    file: textOrNull(said, 'file'),
    problems: readProblems(said),
    changed: said.texts('changed'),
    waiting: said.texts('waiting'),
  }
}

export function textOrNull(said: NodeAnswer, name: string): string | null {
  return said.maybe(name, () => said.text(name)) ?? null
}

export function problemLines(problems: readonly Problem[]): readonly Line[] {
  return problems.flatMap(({ file, line, column, what, hint }): readonly Line[] => {
    const place = [file, line, column].filter((part) => part !== null).join(':')
    return [[{ tone: 'bad', text: place === '' ? what : `${place}: ${what}` }], `  ${hint}`]
  })
}

export function entryLines(entries: readonly Entry[]): readonly Line[] {
  return columns([
    ['setting', 'value', 'from'],
    ...entries.map(({ name, shown, calledAs }) => [name, shown, calledAs ?? 'default']),
  ])
}
