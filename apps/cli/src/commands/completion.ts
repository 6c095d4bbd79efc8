import { safeText } from '@flotilla/core/text'
import { commandTable } from '../command-table.ts'
import { candidatesFor } from '../completion/candidates.ts'
import { liveNames } from '../completion/live-names.ts'
import { filesLine, shells, shellScript } from '../completion/shell-scripts.ts'
import { exitCodes } from '../exit-codes.ts'
import { shown, wrongUsage, type Command } from './command.ts'

export const completionCommand: Command = {
  name: 'completion',
  summary: 'prints what makes bash, zsh or fish complete commands, and names of nodes, locks, blobs and machines',
  usage: 'flotilla completion bash|zsh|fish',
  examples: [
    ['source <(flotilla completion bash)', 'in ~/.bashrc; zsh likewise in ~/.zshrc'],
    ['flotilla completion fish | source', 'in ~/.config/fish/config.fish'],
  ],
  options: [],
  // What a shell asks again with: `candidates` and the words of a line.
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  async run({ words: [what = '', ...words], environment }) {
    if (what === 'candidates') {
      const { helpCommand } = await import('./help.ts')
      const table = [...commandTable, { name: 'help', load: () => Promise.resolve(helpCommand(commandTable)) }]
      const found = await candidatesFor(words, table, liveNames(environment))
      const lines = found.words.map(({ word, about }) => (about === '' ? word : `${word}\t${safeText(about)}`))
      // A name with something in it that is no letter would not come out as it went in.
      const plain = lines.filter((_, index) => safeText(found.words[index]?.word ?? '') === found.words[index]?.word)
      process.stdout.write([...plain, ...(found.files ? [filesLine] : [])].map((line) => `${line}\n`).join(''))
      return { exitCode: exitCodes.ok, lines: [], document: undefined }
    }
    const shell = shells.find((name) => name === what)
    if (shell === undefined) throw wrongUsage(`${shown(what)} is no shell`, `it must be one of ${shells.join(', ')}`)
    process.stdout.write(shellScript(shell))
    return { exitCode: exitCodes.ok, lines: [], document: undefined }
  },
}
