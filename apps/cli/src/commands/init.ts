import { exitCodes } from '../exit-codes.ts'
import { withNode } from '../running-node/brief-node.ts'
import { clusterRows, readClusterPlace } from './cluster-answer.ts'
import { ownDataFolderOf, dataOption, nameOption, type Command } from './command.ts'

export const initCommand: Command = {
  name: 'init',
  summary: 'make a cluster, with this machine as its first node and the holder of its authority',
  usage: 'flotilla init [--name NAME] [--data FOLDER]',
  examples: [['flotilla init --name ann', 'a cluster of which this machine, called ann, is the first node']],
  options: [nameOption, dataOption],
  isLocal: true,
  words: { least: 0, most: 0 },
  waitsFor: 'the cluster to be made',
  run: (call) =>
    withNode(ownDataFolderOf(call), call.options.get('name'), async (client) => {
      const place = await client.post('/v1/cluster/init', {}, readClusterPlace)
      return {
        exitCode: exitCodes.ok,
        lines: [
          [{ tone: 'good', text: 'The cluster is made.' }],
          ...(place === undefined ? [] : clusterRows(place)),
          '',
          'Next: `flotilla up` runs the node, `flotilla invite` prints a token for the next machine.',
        ],
        document: { cluster: place ?? null },
      }
    }),
}
