import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Command } from './command.ts'
import { secondsIn } from './duration.ts'

const roles = ['node', 'agent', 'operator', 'replica']

export const inviteCommand: Command = {
  name: 'invite',
  summary: 'print a token that lets one machine join: `flotilla invite --ttl 1h`',
  usage: 'flotilla invite [--ttl 15m] [--role node|agent|operator|replica] [--data FOLDER]',
  examples: [
    ['flotilla invite', 'a token for one machine, good for 15 minutes'],
    ['flotilla invite --ttl 1h --role replica', 'for one that keeps copies of blobs which it cannot read'],
  ],
  options: [
    { name: 'ttl', placeholder: 'TIME', description: 'how long the token can be used, up to 7d; default: 15m' },
    {
      name: 'role',
      placeholder: 'ROLE',
      description: 'what the machine joins as: node (default), agent, operator or replica',
    },
    dataOption,
  ],
  words: { least: 0, most: 0 },
  async run(call) {
    const ttlSeconds = secondsIn(call.options.get('ttl') ?? '15m', 'ttl')
    const role = call.options.get('role') ?? 'node'
    if (!roles.includes(role)) throw wrongUsage(`--role is ${shown(role)}`, `it must be one of ${roles.join(', ')}`)
    // A node must run on: nobody could join through one that stops after this command.
    const client = await NodeClient.of(nodeOf(call))
    const invitation = await client.post('/v1/cluster/invite', { ttlSeconds, role }, (answer) => ({
      token: answer.text('token'),
      role: answer.text('role'),
      expiresAt: answer.text('expiresAt'),
      addresses: answer.texts('addresses'),
    }))
    return {
      exitCode: exitCodes.ok,
      lines: [
        'On the other machine:',
        '',
        [{ tone: 'strong', text: `flotilla join ${invitation.token}` }],
        '',
        `Good for one ${invitation.role} until ${invitation.expiresAt}; it reaches ${invitation.addresses.join(', ')}.`,
        'Whoever has it can join, so send it as you would send a password.',
      ],
      document: invitation,
    }
  },
}
