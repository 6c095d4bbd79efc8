import { withBlobCodes } from '../blobs/blob-failure.ts'
import { watchedWork } from '../blobs/blob-work.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobRotateKeyCommand: Command = {
  name: 'blob rotate-key',
  summary: "seal this node's blobs with a new key, and forget the old one; it goes on if you stop watching",
  usage: 'flotilla blob rotate-key [--data FOLDER]',
  examples: [['flotilla blob rotate-key', "seals this node's blobs anew, beside its other work"]],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    using bar = shownProgress(call, 'sealing anew', (pieces) => `${pieces} pieces`)
    const done = await withBlobCodes(() =>
      watchedWork(
        client,
        '/v1/blob/rotate-key',
        {},
        {
          onProgress(progress) {
            const inAll = progress.count('chunks')
            bar.show({ done: Math.max(0, inAll - progress.count('chunksLeft')), inAll })
          },
        },
      ),
    )
    const keyEpoch = done.count('keyEpoch')
    const lines = [`All blobs of this node are sealed with key number ${keyEpoch}.`]
    return { exitCode: exitCodes.ok, lines, document: { keyEpoch } }
  },
}
