import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'
import { readLock, whoText, type ListedLock } from './lock-answer.ts'

export const lockShowCommand: Command = {
  name: 'lock show',
  summary: 'who holds a key, and who waits for it, in the order in which they are served',
  usage: 'flotilla lock show KEY [--data FOLDER]',
  examples: [['flotilla lock show deploy/web', 'who deploys just now']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [key = ''] = call.words
    const client = await NodeClient.of(dataFolderOf(call))
    const lock = await client.get(`/v1/locks/${encodeURIComponent(key)}`, (answer) => readLock(answer.object('lock')))
    return { exitCode: exitCodes.ok, lines: lockLines(lock), document: { lock } }
  },
}

export function lockLines({ key, holders, waiters, waiting, capacity }: ListedLock): readonly Line[] {
  const shared = capacity === null ? '' : `, ${capacity} permits in all`
  const heading: Line = [
    { tone: 'strong', text: key },
    ' ',
    holders.length === 0 ? { tone: 'good', text: 'is free' } : { tone: 'careful', text: 'is held' },
    shared,
  ]
  const unseen = waiting - waiters.length
  return [
    heading,
    ...columns([
      ...holders.map((holder) => ['held', holder.mode, `token ${holder.token}`, whoText(holder)]),
      ...waiters.map((waiter) => ['waits', waiter.mode, '', whoText(waiter)]),
    ]),
    ...(unseen > 0 ? [`  and ${unseen} more wait`] : []),
  ]
}
