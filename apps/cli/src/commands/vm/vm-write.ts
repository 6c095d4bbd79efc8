import { randomBytes } from 'node:crypto'
import { bytesText } from '@flotilla/core/text'
import { exitCodes } from '../../exit-codes.ts'
import { cliLimitsDefaults } from '../../limits.ts'
import { inputPieces } from '../../terminal/standard-input.ts'
import { dataOption, type Call, type Command, type Option } from '../command.ts'
import { nodeOption } from './vm-answer.ts'
import { ordered } from './vm-order.ts'

const replaceOption: Option = {
  name: 'replace',
  placeholder: '',
  description: 'also where there is such a file; it keeps its owner and its permissions',
}

export const vmWriteCommand: Command = {
  name: 'vm write',
  summary: 'standard input becomes a file of a virtual machine, in the folders that its agent lets us write in',
  usage: 'flotilla vm write VM PATH [--replace] [--node NODE] [--data FOLDER]',
  examples: [
    ['flotilla vm write web /srv/app/config.json < config.json', 'whole or not at all'],
    ['tar c site | flotilla vm write web /srv/site.tar --replace', 'piece by piece; seen there when all of it is'],
  ],
  options: [replaceOption, nodeOption, dataOption],
  words: { least: 2, most: 2 },
  async run(call) {
    const [vm = '', path = ''] = call.words
    const bytes = await written(call, vm, path)
    return {
      exitCode: exitCodes.ok,
      lines: [`${path} of ${vm} has ${bytesText(bytes)} now.`],
      document: { vm, path, bytes },
    }
  },
}

/**
 * One order where it is one piece, else one for each; what is already there is under another name until the last. How
 * much it was.
 */
async function written(call: Call, vm: string, path: string): Promise<number> {
  const given = { path, ...(call.options.has('replace') ? { replace: true } : {}) }
  const upload = randomBytes(16).toString('hex')
  let position = 0
  const send = async (piece: Uint8Array, isLast: boolean): Promise<void> => {
    const content = Buffer.from(piece).toString('base64')
    const isWhole = isLast && position === 0
    const part = isWhole ? {} : { upload, position, ...(isLast ? { last: true } : {}) }
    await ordered(call, { vm, command: 'file.write', arguments: { ...given, content, ...part } })
    position += piece.length
  }
  let waiting: Uint8Array | undefined
  try {
    for await (const piece of inputPieces(cliLimitsDefaults.vmPieceBytes)) {
      if (waiting !== undefined) await send(waiting, false)
      waiting = piece
    }
  } catch (error) {
    // Nobody waits for the rest; without this it would be given up a minute later.
    const discard = { vm, command: 'file.write', arguments: { ...given, upload, discard: true } }
    if (position > 0) await ordered(call, discard).catch(() => {})
    throw error
  }
  await send(waiting ?? new Uint8Array(), true)
  return position
}
