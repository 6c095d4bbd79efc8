import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { secondsIn } from './duration.ts'

export const banCommand: Command = {
  name: 'ban',
  summary: 'have the node here refuse another for a while; `revoke` is for good, and everywhere',
  usage: 'flotilla ban NODE [--for 1h] [--reason TEXT] [--data FOLDER]',
  examples: [["flotilla ban bob --for 2h --reason 'floods us'", 'this node refuses it for two hours']],
  options: [
    { name: 'for', placeholder: 'TIME', description: 'how long; default: 1h' },
    { name: 'reason', placeholder: 'TEXT', description: 'why, for those who ask later; default: none' },
    dataOption,
  ],
  words: { least: 1, most: 1 },
  async run(call) {
    const [node = ''] = call.words
    const seconds = secondsIn(call.options.get('for') ?? '1h', 'for')
    const client = await NodeClient.of(nodeOf(call))
    const reason = call.options.get('reason') ?? ''
    const id = await client.post('/v1/mesh/ban', { node, seconds, reason }, (answer) => answer.text('id'))
    return { exitCode: exitCodes.ok, lines: [`${id} is refused here for ${seconds} s.`], document: { id, seconds } }
  },
}

export const unbanCommand: Command = {
  name: 'unban',
  summary: 'have the node here accept another again',
  usage: 'flotilla unban NODE [--data FOLDER]',
  examples: [['flotilla unban bob', 'this node takes its connections again']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [node = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const id = await client.post('/v1/mesh/unban', { node }, (answer) => answer.text('id'))
    return { exitCode: exitCodes.ok, lines: [`${id} is accepted here again.`], document: { id } }
  },
}
