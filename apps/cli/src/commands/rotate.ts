import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { clusterRows, readClusterPlace } from './cluster-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const rotateCommand: Command = {
  name: 'rotate',
  summary: "have this node's certificate renewed now, not only when its time comes",
  usage: 'flotilla rotate [--data FOLDER]',
  examples: [['flotilla rotate', "renews this node's certificate now"]],
  options: [dataOption],
  words: { least: 0, most: 0 },
  waitsFor: 'another certificate',
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const place = await client.post('/v1/cluster/rotate', {}, readClusterPlace, cliLimitsDefaults.joinMsMax)
    return {
      exitCode: exitCodes.ok,
      lines: place === undefined ? [] : clusterRows(place),
      document: { cluster: place ?? null },
    }
  },
}
