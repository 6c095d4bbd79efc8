import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const revokeCommand: Command = {
  name: 'revoke',
  summary: 'throw a node out for good; where the key of the authority is',
  usage: 'flotilla revoke NODE [--reason TEXT] [--data FOLDER]',
  examples: [["flotilla revoke bob --reason 'was stolen'", 'throws it out of the cluster for good']],
  options: [
    { name: 'reason', placeholder: 'TEXT', description: 'why, for those who ask later; default: none' },
    dataOption,
  ],
  words: { least: 1, most: 1 },
  waitsFor: 'the others to be told',
  async run(call) {
    const [node = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const reason = call.options.get('reason') ?? ''
    const revoked = await client.post('/v1/cluster/revoke', { node, reason }, (answer) => ({
      id: answer.text('id'),
      name: answer.text('name'),
      listNumber: answer.count('listNumber'),
    }))
    return {
      exitCode: exitCodes.ok,
      lines: [
        [{ tone: 'good', text: `${revoked.name || 'The node'} is revoked.` }, ` ${revoked.id}`],
        `List ${revoked.listNumber} is on its way to all nodes; its connections are cut wherever it arrives.`,
        'It can come back only with a new key: remove its data folder and join again.',
      ],
      document: revoked,
    }
  },
}
