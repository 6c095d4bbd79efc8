import { withBlobCodes } from '../blobs/blob-failure.ts'
import { watchedWork } from '../blobs/blob-work.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobKeepCommand: Command = {
  name: 'blob keep',
  summary: 'bring all of a blob to this node, and keep a copy here until it is released',
  usage: 'flotilla blob keep REF [--data FOLDER]',
  examples: [['flotilla blob keep images/disk', 'so that it can be read here when no other node can be reached']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [ref = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    using bar = shownProgress(call, ref)
    await withBlobCodes(() =>
      watchedWork(
        client,
        '/v1/blob/keep',
        { ref },
        {
          onProgress: (progress) =>
            bar.show({ done: progress.count('bytesHere'), inAll: progress.count('bytesInAll') }),
        },
      ),
    )
    return { exitCode: exitCodes.ok, lines: [`${ref} is on this node, and stays here.`], document: { ref, kept: true } }
  },
}

export const blobReleaseCommand: Command = {
  name: 'blob release',
  summary: 'let other nodes have a blob that was kept here; the copy goes when they have enough',
  usage: 'flotilla blob release REF [--data FOLDER]',
  examples: [['flotilla blob release images/disk', 'this node need not keep it any more']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [ref = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    await withBlobCodes(() => client.post('/v1/blob/release', { ref }, (answer) => answer.flag('kept')))
    const lines = [`${ref} may go from this node when others have enough copies.`]
    return { exitCode: exitCodes.ok, lines, document: { ref, kept: false } }
  },
}
