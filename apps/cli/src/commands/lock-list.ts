import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { lockRows, readLock, type ListedLock } from './lock-answer.ts'

export const lockListCommand: Command = {
  name: 'lock ls',
  summary: 'what is locked in the cluster, by whom, and how many wait for it',
  usage: 'flotilla lock ls [PREFIX] [--data FOLDER]',
  examples: [['flotilla lock ls deploy/', 'all keys that begin with "deploy/"']],
  options: [dataOption],
  words: { least: 0, most: 1 },
  async run(call) {
    const [prefix = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const { locks, isCut } = await allLocks(client, prefix)
    const more = isCut ? [`There are more: name a longer beginning than ${JSON.stringify(prefix)}.`] : []
    return { exitCode: exitCodes.ok, lines: [...lockRows(locks), ...more], document: { locks, more: isCut } }
  },
}

async function allLocks(
  client: NodeClient,
  prefix: string,
): Promise<{ readonly locks: readonly ListedLock[]; readonly isCut: boolean }> {
  const locks: ListedLock[] = []
  let after: string | undefined = ''
  while (after !== undefined && locks.length < cliLimitsDefaults.locksShownMax) {
    const query = new URLSearchParams({ prefix, ...(after === '' ? {} : { after }) })
    const page = await client.get(`/v1/locks?${query.toString()}`, (answer) => ({
      locks: answer.list('locks').map(readLock),
      next: answer.optional('next', () => answer.text('next')),
    }))
    locks.push(...page.locks)
    after = page.next
  }
  return { locks, isCut: after !== undefined }
}
