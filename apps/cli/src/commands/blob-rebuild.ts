import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { watchedWork } from '../blobs/blob-work.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobRebuildCommand: Command = {
  name: 'blob rebuild',
  summary: 'make the catalogue of blobs anew from their packs, where it is lost or cannot be read at all',
  usage: 'flotilla blob rebuild [--data FOLDER]',
  examples: [['flotilla blob rebuild', 'only where the catalogue is lost: ids come back, names do not']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 0, most: 0 },
  async run(call) {
    const client = await NodeClient.of(nodeOf(call))
    using bar = shownProgress(call, 'reading packs', (packs) => `${packs} packs`)
    const report = await withBlobCodes(() =>
      watchedWork(
        client,
        '/v1/blob/rebuild',
        {},
        {
          onProgress: (progress) =>
            bar.show({ done: progress.count('packsRead'), inAll: progress.count('packsInAll') }),
        },
      ),
    )
    const rebuilt = {
      packs: report.count('packs'),
      chunks: report.count('chunks'),
      bytesPassedOver: report.count('bytesPassedOver'),
      blobs: report.count('blobs'),
    }
    const { packs, chunks, bytesPassedOver, blobs } = rebuilt
    const found = blobs === 0 ? '' : `, ${blobs} blobs without their names among them`
    const lines: Line[] = [`${chunks} pieces were found in ${packs} packs${found}.`]
    if (bytesPassedOver > 0) lines.push(`${bytesText(bytesPassedOver)} in packs are damaged, or left over.`)
    // In a cluster there are none yet.
    const rest = 'What they make up is for the other nodes to say: do not run gc before all of them are there.'
    lines.push(blobs === 0 ? rest : 'What was deleted may be among them.')
    return { exitCode: exitCodes.ok, lines, document: { rebuilt } }
  },
}
