import { bytesText } from '@flotilla/core/text'
import { exitCodes } from '../../exit-codes.ts'
import { cliLimitsDefaults } from '../../limits.ts'
import { columns } from '../../terminal/lines.ts'
import { writtenOut } from '../../terminal/standard-output.ts'
import { dataOption, type Command } from '../command.ts'
import { nodeOption } from './vm-answer.ts'
import { ordered } from './vm-order.ts'

export const vmFilesCommand: Command = {
  name: 'vm files',
  summary: 'what is in a folder of a virtual machine, of those that its agent may show',
  usage: 'flotilla vm files VM PATH [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm files web /var/log', 'a folder that its agent may show']],
  options: [nodeOption, dataOption],
  words: { least: 2, most: 2 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const [vm = '', path = ''] = call.words
    const { ending } = await ordered(call, { vm, command: 'file.list', arguments: { path } })
    const rows = ending
      .object('value')
      .list('files')
      .map((file) => [file.text('type'), bytesText(file.count('bytes')), file.text('name')])
    const lines = rows.length === 0 ? ['It is empty.'] : columns(rows)
    return { exitCode: exitCodes.ok, lines, document: ending.value('value') }
  },
}

export const vmReadCommand: Command = {
  name: 'vm read',
  summary: 'a file of a virtual machine to standard output, from the folders that its agent may show',
  usage: 'flotilla vm read VM PATH [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm read web /srv/app/config.json > config.json', 'as it is, piece by piece']],
  options: [nodeOption, dataOption],
  words: { least: 2, most: 2 },
  async run(call) {
    const [vm = '', path = ''] = call.words
    for (let position = 0; ;) {
      const given = { path, position, bytes: cliLimitsDefaults.vmPieceBytes }
      const { ending } = await ordered(call, { vm, command: 'file.read', arguments: given })
      const value = ending.object('value')
      const bytes = Buffer.from(value.text('content'), 'base64')
      if (bytes.length > 0) await writtenOut(bytes)
      position += bytes.length
      if (bytes.length === 0 || position >= value.count('fileBytes')) break
    }
    return { exitCode: exitCodes.ok, lines: [], document: undefined }
  },
}
