import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { withNode } from '../running-node/brief-node.ts'
import { clusterRows, readClusterPlace } from './cluster-answer.ts'
import { ownDataFolderOf, dataOption, nameOption, type Command } from './command.ts'

export const joinCommand: Command = {
  name: 'join',
  summary: 'join the cluster that a token from `flotilla invite` is for',
  usage: 'flotilla join TOKEN [--name NAME] [--data FOLDER]',
  examples: [['flotilla join flj1… --name bob', 'the cluster of that token, under the name bob']],
  options: [nameOption, dataOption],
  isLocal: true,
  words: { least: 1, most: 1 },
  waitsFor: 'the cluster to take this machine in',
  run: (call) =>
    withNode(ownDataFolderOf(call), call.options.get('name'), async (client) => {
      const [token = ''] = call.words
      const place = await client.post('/v1/cluster/join', { token }, readClusterPlace, cliLimitsDefaults.joinMsMax)
      return {
        exitCode: exitCodes.ok,
        lines: [
          [{ tone: 'good', text: 'This machine is in the cluster.' }],
          ...(place === undefined ? [] : clusterRows(place)),
          '',
          'Next: `flotilla up` runs the node if it does not run yet, `flotilla nodes` shows the others.',
        ],
        document: { cluster: place ?? null },
      }
    }),
}
