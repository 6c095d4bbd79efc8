import { createInterface } from 'node:readline'
import { FlotillaError, unreachable } from '@flotilla/core/errors'
import { safeText } from '@flotilla/core/text'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { renderLines } from '../terminal/lines.ts'
import { mergedLines, type NodeOutput } from './merged-output.ts'
import { readShellLine, type ShellLine } from './shell-line.ts'
import { runInFront, runOn } from './shell-programs.ts'

export interface ShellOptions {
  /** Of the node that is asked. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly colour: boolean
  /** Whether a person is in front of it, so that commands may ask for something. */
  readonly isTerminal: boolean
}

const shellHelp = `Commands are those of flotilla, without its name: status, nodes, ps, lock ls, …
  @NODE COMMAND      looks at another node through this one, as \`@two status\`; @one,two names several
  @all COMMAND       at every node, with each line's node before it; only for commands that change nothing
  help COMMAND       says more of one; \`help\` alone is this, with the list of commands below
  exit               ends it, as Ctrl-D does

A line that begins with a blank is not remembered, nor is one with a token in it.
`

/** Runs one line after the other; each command is a process of its own, as in any shell. */
export class Shell {
  readonly #options: ShellOptions
  /** Of the last command. */
  exitCode: number = exitCodes.ok

  constructor(options: ShellOptions) {
    this.#options = options
  }

  /** Whether there is to be another line. */
  async run(line: string): Promise<boolean> {
    try {
      if (line.length > cliLimitsDefaults.shellLineLengthMax) {
        throw new FlotillaError('wrong-usage', 'the line is too long', { hint: 'write it as several' })
      }
      return await this.#perform(readShellLine(line))
    } catch (error) {
      if (!(error instanceof FlotillaError)) throw error
      const { code, sentence } = error as FlotillaError
      console.error(`flotilla: ${safeText(sentence)}`)
      this.exitCode = exitCodeOf(code)
      return true
    }
  }

  async #perform(line: ShellLine): Promise<boolean> {
    const { environment, isTerminal } = this.#options
    switch (line.type) {
      case 'nothing':
        return true
      case 'exit':
        return false
      case 'help':
        console.log(shellHelp)
        this.exitCode = await runInFront(['help'], environment, 'ignore')
        return true
      case 'run':
        this.exitCode = await runInFront(line.words, environment, isTerminal ? 'inherit' : 'ignore')
        return true
      case 'ask':
        this.exitCode = await this.#ask(line.nodes, line.words)
        return true
      default:
        return unreachable(line, 'kind of line')
    }
  }

  async #ask(wanted: readonly string[] | 'all', words: readonly string[]): Promise<number> {
    const { environment, colour, folder } = this.#options
    const nodes = wanted === 'all' ? await nodeNames(folder) : wanted
    const outputs: NodeOutput[] = []
    const left = [...nodes.entries()].slice(0, cliLimitsDefaults.shellNodesMax)
    const worker = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [index, node] = next
        outputs[index] = await runOn(node, words, environment)
      }
    }
    await Promise.all(Array.from({ length: cliLimitsDefaults.shellAtOnceMax }, worker))
    const lines = mergedLines(outputs)
    if (lines.length > 0) console.log(renderLines(lines, colour))
    const unasked = nodes.length - outputs.length
    if (unasked > 0) console.error(`flotilla: ${unasked} nodes more were not asked: name them with @NODE,NODE`)
    return Math.max(0, ...outputs.map(({ exitCode }) => exitCode))
  }
}

/** Those that are there; where two have one name, their ids. */
async function nodeNames(folder: string): Promise<readonly string[]> {
  const client = await NodeClient.of(folder)
  const nodes = await client.get('/v1/nodes', (answer) =>
    answer.list('nodes').flatMap((node) => {
      return node.text('status') === 'alive' ? [{ id: node.text('id'), name: node.text('name') }] : []
    }),
  )
  if (nodes.length === 0) {
    throw new FlotillaError('no-cluster', 'the node that is asked is in no cluster, so there are no others', {
      hint: 'write the command without @',
    })
  }
  const isAlone = (name: string): boolean => name !== '' && nodes.filter((each) => each.name === name).length === 1
  return nodes.map(({ id, name }) => (isAlone(name) ? name : id))
}

/** From a pipe or a file, to its end. */
export async function runLines(shell: Shell, input: NodeJS.ReadableStream): Promise<void> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (!(await shell.run(line))) return
  }
}
