import { parseNodeId } from '@flotilla/core/ids'
import { exitCodes } from '../exit-codes.ts'
import type { Command } from './command.ts'

export const idCheckCommand: Command = {
  name: 'id check',
  summary: 'whether a text is a node id without a typing error',
  usage: 'flotilla id check TEXT',
  options: [],
  words: { least: 1, most: 1 },
  run({ words: [text = ''] }) {
    const id = parseNodeId(text)
    const line = [id, ' ', { tone: 'good', text: 'is a well-formed node id' } as const]
    return Promise.resolve({ exitCode: exitCodes.ok, lines: [line], document: { id } })
  },
}
