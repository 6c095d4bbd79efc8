import { parseNodeId } from '@flotilla/core/ids'
import { exitCodes } from '../exit-codes.ts'
import type { Command } from './command.ts'

export const idCheckCommand: Command = {
  name: 'id check',
  summary: 'whether a text is a node id without a typing error',
  usage: 'flotilla id check TEXT',
  examples: [['flotilla id check fl1vxgrxplt3009gwesvklugmnpft2htl7n3tugae', '1 where it has a typing error']],
  options: [],
  words: { least: 1, most: 1 },
  run({ words: [text = ''] }) {
    const id = parseNodeId(text)
    const line = [id, ' ', { tone: 'good', text: 'is a well-formed node id' } as const]
    return Promise.resolve({ exitCode: exitCodes.ok, lines: [line], document: { id } })
  },
}
