import { withBlobCodes } from '../blobs/blob-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Call, type Command, type Result } from './command.ts'

export const blobPinCommand: Command = {
  name: 'blob pin',
  summary: 'have a blob not be deleted, whoever tries, until it is unpinned',
  usage: 'flotilla blob pin REF [--data FOLDER]',
  examples: [['flotilla blob pin images/disk', 'it is not deleted before it is unpinned']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: 1 },
  run: (call) => pinned(call, true),
}

export const blobUnpinCommand: Command = {
  name: 'blob unpin',
  summary: 'take a pin back',
  usage: 'flotilla blob unpin REF [--data FOLDER]',
  examples: [['flotilla blob unpin images/disk', 'it may be deleted again']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: 1 },
  run: (call) => pinned(call, false),
}

async function pinned(call: Call, isPinned: boolean): Promise<Result> {
  const [ref = ''] = call.words
  const client = await NodeClient.of(nodeOf(call))
  const path = isPinned ? '/v1/blob/pin' : '/v1/blob/unpin'
  await withBlobCodes(() => client.post(path, { ref }, (answer) => answer.flag('pinned')))
  const lines = [isPinned ? `${ref} cannot be deleted now.` : `${ref} can be deleted again.`]
  return { exitCode: exitCodes.ok, lines, document: { ref, pinned: isPinned } }
}
