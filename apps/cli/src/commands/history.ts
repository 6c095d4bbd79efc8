import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns } from '../terminal/lines.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Command } from './command.ts'

const { historyRowsUsual, historyRowsMax } = cliLimitsDefaults

export const historyCommand: Command = {
  name: 'history',
  summary: 'what happened to the node, the newest first',
  usage: 'flotilla history [--limit N] [--data FOLDER]',
  examples: [['flotilla history --limit 5', 'the last five starts and stops']],
  options: [
    {
      name: 'limit',
      placeholder: 'N',
      description: `how many rows, 1 to ${historyRowsMax}; default: ${historyRowsUsual}`,
    },
    dataOption,
  ],
  words: { least: 0, most: 0 },
  async run(call) {
    const limit = limitIn(call.options.get('limit') ?? String(historyRowsUsual))
    const client = await NodeClient.of(nodeOf(call))
    const history = await client.history(limit)
    return {
      exitCode: exitCodes.ok,
      lines: columns(history.map(({ at, life, type, version }) => [at, `life ${life}`, type, version])),
      document: { history },
    }
  },
}

function limitIn(text: string): number {
  const limit = Number(text)
  if (/^\d{1,9}$/.test(text) && limit >= 1 && limit <= historyRowsMax) return limit
  throw wrongUsage(`--limit is ${shown(text)}`, `it must be a whole number from 1 to ${historyRowsMax}`)
}
