import { durationText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { modeText, readLock, whoText, type ListedLock } from './lock-answer.ts'

export const lockShowCommand: Command = {
  name: 'lock show',
  summary: 'who holds a key, and who waits for it, in the order in which they are served',
  usage: 'flotilla lock show KEY [--data FOLDER]',
  examples: [['flotilla lock show deploy/web', 'who deploys just now']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [key = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const lock = await client.get(`/v1/locks/${encodeURIComponent(key)}`, (answer) => readLock(answer.object('lock')))
    return { exitCode: exitCodes.ok, lines: lockLines(lock), document: { lock } }
  },
}

export function lockLines(lock: ListedLock): readonly Line[] {
  const { key, capacity, holding, waiting, holders, waiters, delayedMs } = lock
  const state: Line =
    holding > 0
      ? [{ tone: 'careful', text: 'is held' }]
      : delayedMs > 0
        ? [{ tone: 'careful', text: `had its holder lost, and is free in ${durationText(delayedMs / 1_000)}` }]
        : [{ tone: 'good', text: 'is free' }]
  const unseen = holding - holders.length + waiting - waiters.length
  return [
    [{ tone: 'strong', text: key }, ' ', ...state, capacity === 0 ? '' : `, ${capacity} permits in all`],
    ...columns([
      ...holders.map((holder) => [
        'holds',
        modeText(holder, capacity),
        `token ${holder.token}`,
        durationText(holder.heldMs / 1_000),
        whoText(holder),
      ]),
      ...waiters.map((waiter) => [
        'waits',
        modeText(waiter, capacity),
        '',
        durationText(waiter.waitedMs / 1_000),
        waiter.name,
      ]),
    ]),
    ...(unseen > 0 ? [`  and ${unseen} more`] : []),
  ]
}
