import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { watchedWork } from '../blobs/blob-work.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobCollectCommand: Command = {
  name: 'blob gc',
  summary: 'give back to the disk what no blob needs any more; others can go on meanwhile',
  usage: 'flotilla blob gc [--data FOLDER]',
  examples: [['flotilla blob gc', 'gives back to the disk what nothing needs']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    using looking = shownProgress(call, 'looking for what is needed', blobsText)
    using freeing = shownProgress(call, 'giving back')
    const report = await withBlobCodes(() =>
      watchedWork(
        client,
        '/v1/blob/gc',
        {},
        {
          onProgress(progress) {
            const inAll = progress.count('packBytesInAll')
            if (inAll > 0) freeing.show({ done: progress.count('packBytesDone'), inAll })
            else looking.show({ done: progress.count('blobsLookedAt'), inAll: progress.count('blobsInAll') })
          },
        },
      ),
    )
    const collected = {
      chunksForgotten: report.count('chunksForgotten'),
      bytesForgotten: report.count('bytesForgotten'),
      packsRemoved: report.count('packsRemoved'),
      bytesFreed: report.count('bytesFreed'),
    }
    return { exitCode: exitCodes.ok, lines: [lineOf(collected)], document: { collected } }
  },
}

interface Collected {
  readonly chunksForgotten: number
  readonly bytesForgotten: number
  readonly bytesFreed: number
}

function lineOf({ chunksForgotten, bytesForgotten, bytesFreed }: Collected): string {
  if (chunksForgotten === 0 && bytesFreed === 0) return 'Everything is needed.'
  const pieces = chunksForgotten === 1 ? '1 piece' : `${chunksForgotten} pieces`
  // What stands beside much that is needed stays on the disk for now.
  const rest = bytesFreed < bytesForgotten ? ', the rest when more of what stands beside it is of no use' : ''
  return `${bytesText(bytesForgotten)} in ${pieces} of no use; ${bytesText(bytesFreed)} are free now${rest}.`
}

function blobsText(blobs: number): string {
  return blobs === 1 ? '1 blob' : `${blobs} blobs`
}
