import { FlotillaError } from '@flotilla/core/errors'
import { commandTable } from '../command-table.ts'
import { liveNames } from '../completion/live-names.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { fileNames } from '../shell/file-names.ts'
import { HistoryFile, historyPath } from '../shell/history-file.ts'
import { runPrompt } from '../shell/prompt.ts'
import { runLines, Shell } from '../shell/shell.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'
import { helpCommand } from './help.ts'

export const shellCommand: Command = {
  name: 'shell',
  summary: 'commands one after the other, with completion and a memory; `@NODE COMMAND` looks at other nodes',
  usage: 'flotilla shell [--data FOLDER]',
  examples: [
    ['flotilla shell', 'Tab completes, `@all status` asks every node, Ctrl-D ends it'],
    ["printf '%s\\n' status '@all raft' | flotilla shell", 'lines from a pipe; the exit code is that of the last one'],
  ],
  options: [dataOption],
  words: { least: 0, most: 0 },
  isLocal: true,
  async run(call) {
    const folder = dataFolderOf(call)
    const { stdin, stdout } = process
    const isTerminal = stdin.isTTY && stdout.isTTY
    const colour = stdout.isTTY && !call.environment['NO_COLOR'] && !call.options.has('no-color')
    // What is chosen here holds for every command that is run.
    const environment = { ...call.environment, FLOTILLA_DATA: folder }
    const shell = new Shell({ folder, environment, colour, isTerminal })
    if (!isTerminal) {
      await runLines(shell, stdin)
      return { exitCode: shell.exitCode, lines: [], document: undefined }
    }
    const table = [...commandTable, { name: 'help', load: () => Promise.resolve(helpCommand(commandTable)) }]
    await runPrompt({
      shell,
      input: stdin,
      output: stdout,
      history: new HistoryFile(historyPath(call.environment)),
      completion: { table, live: liveNames(environment), files: fileNames },
      title: await titleOf(folder),
      colour,
    })
    return { exitCode: shell.exitCode, lines: [], document: undefined }
  },
}

/** The name of the node that is asked, where one runs. */
async function titleOf(folder: string): Promise<string> {
  try {
    const { name } = await (await NodeClient.of(folder)).figures()
    return name.slice(0, cliLimitsDefaults.shownLengthMax)
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    console.error(`flotilla: ${error.sentence}`)
    return 'flotilla'
  }
}
