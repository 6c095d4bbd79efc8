import { durationText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { readParty, type ListedParty } from './lock-answer.ts'

export const lockDeadlocksCommand: Command = {
  name: 'lock deadlocks',
  summary: 'the last rings of waiters that were found, and who gave way, the newest first',
  usage: 'flotilla lock deadlocks [--data FOLDER]',
  examples: [['flotilla lock deadlocks', 'which locks were asked for in two orders']],
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    const report = await client.get('/v1/deadlocks', (answer) => ({
      deadlocks: answer.list('deadlocks').map(readDeadlock),
      waits: answer.list('waits').map(readWait),
    }))
    const { deadlocks, waits } = report
    const none = deadlocks.length === 0 ? ['There were none of late.'] : []
    const waiting = waits.length === 0 ? [] : ['', 'Who waits for whom now:', ...waits.map(waitText)]
    return {
      exitCode: exitCodes.ok,
      lines: [...none, ...deadlocks.flatMap(deadlockLines), ...waiting],
      document: report,
    }
  },
}

type ListedDeadlock = ReturnType<typeof readDeadlock>
type ListedWait = ReturnType<typeof readWait>

function readDeadlock(deadlock: NodeAnswer) {
  return {
    key: deadlock.text('key'),
    victim: readParty(deadlock.object('victim')),
    cycle: deadlock.list('cycle').map(readWait),
    text: deadlock.text('text'),
    agoMs: deadlock.amount('agoMs'),
  }
}

function readWait(wait: NodeAnswer) {
  return {
    key: wait.text('key'),
    waiter: readParty(wait.object('waiter')),
    blocker: readParty(wait.object('blocker')),
    blockerHolds: wait.flag('blockerHolds'),
  }
}

function deadlockLines({ victim, cycle, agoMs }: ListedDeadlock): readonly Line[] {
  return [
    [{ tone: 'bad', text: `${partyText(victim)} gave way` }, ` ${durationText(agoMs / 1_000)} ago`],
    ...cycle.map(waitText),
  ]
}

function waitText({ key, waiter, blocker, blockerHolds }: ListedWait): string {
  const how = blockerHolds ? 'holds' : 'waits for before it'
  return `  ${partyText(waiter)} for ${key}, which ${partyText(blocker)} ${how}`
}

function partyText({ name, owner }: ListedParty): string {
  return `${name} (${owner})`
}
