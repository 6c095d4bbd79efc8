import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { nodeOf, dataOption, type Command } from './command.ts'
import { readLock } from './lock-answer.ts'
import { lockLines } from './lock-show.ts'

export const lockWatchCommand: Command = {
  name: 'lock watch',
  summary: 'a key as it is, and again after each change, until Ctrl-C; of quick changes only the last one',
  usage: 'flotilla lock watch KEY [--data FOLDER]',
  examples: [['flotilla lock watch deploy/web --json', 'one JSON document for each change']],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [key = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const { signal } = new AbortController()
    using events = await client.events(`/v1/lock/watch?key=${encodeURIComponent(key)}`, signal)
    for await (const event of events) {
      if (event.text('event') !== 'lock') continue
      const lock = readLock(event.object('lock'))
      call.say(lockLines(lock), { lock })
    }
    return { exitCode: exitCodes.ok, lines: [], document: undefined }
  },
}
