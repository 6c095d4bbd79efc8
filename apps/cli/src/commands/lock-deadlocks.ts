import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'
import { readParty, type ListedParty } from './lock-answer.ts'

export const lockDeadlocksCommand: Command = {
  name: 'lock deadlocks',
  summary: 'the last rings of waiters that were found, and who gave way, the newest first',
  usage: 'flotilla lock deadlocks [--data FOLDER]',
  examples: [['flotilla lock deadlocks', 'which locks were asked for in two orders']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(dataFolderOf(call))
    const deadlocks = await client.get('/v1/deadlocks', (answer) => answer.list('deadlocks').map(readDeadlock))
    const lines = deadlocks.length === 0 ? ['There were none of late.'] : deadlocks.flatMap(deadlockLines)
    return { exitCode: exitCodes.ok, lines, document: { deadlocks } }
  },
}

type ListedDeadlock = ReturnType<typeof readDeadlock>

function readDeadlock(deadlock: NodeAnswer) {
  return {
    cycle: deadlock.list('cycle').map((edge) => ({
      key: edge.text('key'),
      waiter: readParty(edge.object('waiter')),
      holder: readParty(edge.object('holder')),
    })),
    victim: readParty(deadlock.object('victim')),
  }
}

function deadlockLines({ cycle, victim }: ListedDeadlock): readonly Line[] {
  return [
    [{ tone: 'bad', text: `${partyText(victim)} gave way` }],
    ...cycle.map(({ key, waiter, holder }) => `  ${partyText(waiter)} waited for ${key}, held by ${partyText(holder)}`),
  ]
}

function partyText({ client, owner }: ListedParty): string {
  return `${client} (${owner})`
}
