import { createInterface, type Interface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import { safeText } from '@flotilla/core/text'
import { cliLimitsDefaults } from '../limits.ts'
import { completedLine, type LineCompletion } from './line-completion.ts'
import type { HistoryFile } from './history-file.ts'
import type { Shell } from './shell.ts'

export interface PromptOptions {
  readonly shell: Shell
  readonly input: ReadStream
  readonly output: WriteStream
  readonly history: HistoryFile
  readonly completion: LineCompletion
  /** What stands before each line. */
  readonly title: string
  readonly colour: boolean
}

/** Reads lines from a person until he has had enough. */
export async function runPrompt(options: PromptOptions): Promise<void> {
  const { shell, input, history } = options
  const nothing = (): void => {}
  // What is in front gets Ctrl-C from the terminal; this waits for it to end.
  process.on('SIGINT', nothing)
  try {
    for (;;) {
      // A fresh one for each line, so that nothing of it is in the way of what the command does with the terminal.
      const line = await readLine(options)
      if (line === undefined) return
      history.add(line)
      if (!(await shell.run(line))) return
    }
  } finally {
    process.off('SIGINT', nothing)
    input.pause()
  }
}

/** Nothing is offered where something goes wrong: the line is what counts. */
async function complete(
  line: string,
  completion: LineCompletion,
  done: (error: Error | null, found: [string[], string]) => void,
): Promise<void> {
  const { words, part } = await completedLine(line, completion).catch(() => ({ words: [], part: line }))
  done(null, [[...words], part])
}

/** Undefined at the end of all lines. */
function readLine({
  input,
  output,
  history,
  completion,
  title,
  colour,
  shell,
}: PromptOptions): Promise<string | undefined> {
  const mark = shell.exitCode === 0 ? '> ' : `(${shell.exitCode})> `
  const prompt = safeText(title) + mark
  return new Promise((resolve) => {
    const lines: Interface = createInterface({
      input,
      output,
      terminal: true,
      history: [...history.newest],
      historySize: cliLimitsDefaults.shellHistoryLinesMax,
      removeHistoryDuplicates: true,
      prompt: colour ? styleText(shell.exitCode === 0 ? 'green' : 'yellow', prompt, { validateStream: false }) : prompt,
      completer(line: string, done: (error: Error | null, found: [string[], string]) => void) {
        void complete(line, completion, done)
      },
    })
    let answer: string | undefined
    lines.on('line', (line) => {
      answer = line
      lines.close()
    })
    lines.on('SIGINT', () => {
      // As in every shell: the line is given up, and there is a new one.
      answer = ''
      output.write('^C\n')
      lines.close()
    })
    lines.on('close', () => {
      if (answer === undefined) output.write('\n')
      resolve(answer)
    })
    lines.prompt()
  })
}
