import { exitCodes } from '../../exit-codes.ts'
import { NodeClient } from '../../running-node/node-client.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Command } from '../command.ts'
import { nodeOption } from './vm-answer.ts'
import { ordered } from './vm-order.ts'

export const vmPowerCommand: Command = {
  name: 'vm power',
  summary: 'has a virtual machine shut itself down, or start again; it is written down',
  usage: 'flotilla vm power VM off|reboot [--node NODE] [--data FOLDER]',
  examples: [['flotilla vm power web reboot', 'has it start anew, as it would by itself']],
  options: [nodeOption, dataOption],
  words: { least: 2, most: 2 },
  waitsFor: 'the virtual machine',
  async run(call) {
    const [vm = '', act = ''] = call.words
    if (act !== 'off' && act !== 'reboot') throw wrongUsage(`${shown(act)} is no act`, 'write off or reboot')
    await ordered(call, { vm, command: `power.${act}` })
    return { exitCode: exitCodes.ok, lines: [`${vm} was told.`], document: { vm, act } }
  },
}

export const vmKeyCommand: Command = {
  name: 'vm key',
  summary: 'the key by which virtual machines know that this node signed what it wants run in them',
  usage: 'flotilla vm key [--data FOLDER]',
  examples: [['flotilla vm key >> /etc/flotilla-agent.conf', 'in the guest, by whatever way it gets its settings']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const publicKey = await client.get('/v1/vm-key', (answer) => answer.text('publicKey'))
    return { exitCode: exitCodes.ok, lines: [`trusted-key = ${publicKey}`], document: { publicKey } }
  },
}
