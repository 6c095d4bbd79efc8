import { withBlobCodes } from '../blobs/blob-failure.ts'
import { blobPath } from '../blobs/blob-path.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobRemoveCommand: Command = {
  name: 'blob rm',
  summary: 'delete blobs, with all names that stand for them, on every node',
  usage: 'flotilla blob rm REF... [--data FOLDER]',
  examples: [
    ['flotilla blob rm images/old', 'by its name; other names of the same blob go with it'],
    ['flotilla blob unname images/old', 'to forget the name only'],
  ],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: Infinity },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    for (const ref of call.words) {
      await withBlobCodes(() => client.remove(blobPath(ref), (answer) => answer.flag('deleted')))
    }
    const lines = call.words.map((ref) => `${ref} is deleted.`)
    return { exitCode: exitCodes.ok, lines, document: { deleted: call.words } }
  },
}
