import { FlotillaError } from '@flotilla/core/errors'
import { wordsOf } from './split-line.ts'

/** What somebody wants who has written a line. */
export type ShellLine =
  | { readonly type: 'nothing' | 'exit' | 'help' }
  /** A command here. */
  | { readonly type: 'run'; readonly words: readonly string[] }
  /** A command on other nodes; `all` stands for every node, this one included. */
  | { readonly type: 'ask'; readonly nodes: readonly string[] | 'all'; readonly words: readonly string[] }

/** Whose words may not be asked of other nodes, whatever they would answer: they are about this terminal. */
const onlyHere = new Set(['shell', 'top', 'demo', 'up', 'completion', 'help', 'exit', 'quit'])

export function readShellLine(line: string): ShellLine {
  const [first, ...rest] = wordsOf(line.trimStart().startsWith('#') ? '' : line)
  if (first === undefined) return { type: 'nothing' }
  if (!first.startsWith('@')) {
    if (rest.length === 0 && (first === 'exit' || first === 'quit')) return { type: 'exit' }
    if (rest.length === 0 && (first === 'help' || first === '?')) return { type: 'help' }
    // Whoever writes the program's name out of habit means no command of that name.
    const words = first === 'flotilla' || first === './flotilla' ? rest : [first, ...rest]
    return words.length === 0 ? { type: 'help' } : { type: 'run', words }
  }
  const nodes = first.slice(1).split(',')
  const [command] = rest
  if (nodes.some((node) => node === '')) throw wrong('@ has no node behind it', 'write @NODE, @NODE,NODE or @all')
  if (command === undefined) throw wrong(`${first} has no command behind it`, `write \`${first} status\``)
  if (onlyHere.has(command)) throw wrong(`\`${command}\` is about this terminal`, 'write it without @')
  return { type: 'ask', nodes: nodes.length === 1 && nodes[0] === 'all' ? 'all' : [...new Set(nodes)], words: rest }
}

function wrong(what: string, hint: string): FlotillaError {
  return new FlotillaError('wrong-usage', what, { hint })
}
