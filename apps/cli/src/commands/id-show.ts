import { FlotillaError } from '@flotilla/core/errors'
import { readKeyFile } from '../check/key-file.ts'
import { exitCodes } from '../exit-codes.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'

export const idShowCommand: Command = {
  name: 'id show',
  summary: 'the id of the node that a data folder belongs to, running or not',
  usage: 'flotilla id show [--data FOLDER]',
  examples: [['flotilla id show', 'the id that follows from the key of the node here']],
  options: [dataOption],
  isLocal: true,
  words: { least: 0, most: 0 },
  async run(call) {
    const key = await readKeyFile(dataFolderOf(call))
    if (key.type === 'key') return { exitCode: exitCodes.ok, lines: [key.id], document: { id: key.id } }
    throw new FlotillaError(key.type === 'missing' ? 'key-missing' : 'key-damaged', key.what, { hint: key.hint })
  },
}
