import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { watchedWork } from '../blobs/blob-work.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { blobExitCodes } from './blob-answer.ts'
import { dataFolderOf, dataOption, type Command } from './command.ts'

export const blobCollectCommand: Command = {
  name: 'blob gc',
  summary: 'give back to the disk what no blob needs any more; others can go on meanwhile',
  usage: 'flotilla blob gc [--data FOLDER]',
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(dataFolderOf(call))
    const report = await withBlobCodes(() => watchedWork(client, '/v1/blob/gc', {}))
    const collected = {
      chunksForgotten: report.count('chunksForgotten'),
      bytesForgotten: report.count('bytesForgotten'),
      packsRemoved: report.count('packsRemoved'),
      bytesFreed: report.count('bytesFreed'),
    }
    const { chunksForgotten, bytesForgotten, bytesFreed } = collected
    const isAnything = chunksForgotten > 0 || bytesFreed > 0
    const what = `${bytesText(bytesForgotten)} in ${chunksForgotten} pieces were of no use`
    const lines = [isAnything ? `${what}; ${bytesText(bytesFreed)} are free now.` : 'Everything is needed.']
    return { exitCode: exitCodes.ok, lines, document: { collected } }
  },
}
