import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { watchedWork, type Finding } from '../blobs/blob-work.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Call, type Command } from './command.ts'

/** What `--rate` may be followed by. */
const units: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }

export const blobCheckCommand: Command = {
  name: 'blob fsck',
  summary: 'read everything again; name what is damaged or missing, and mend what other nodes have',
  usage: 'flotilla blob fsck [--rate BYTES] [--data FOLDER]',
  examples: [['flotilla blob fsck --rate 20M', 'at most 20 MiB each second, beside other work']],
  exitCodes: blobExitCodes,
  options: [
    {
      name: 'rate',
      placeholder: 'BYTES',
      description: 'how much to read each second at most, as 20M; default: no limit',
    },
    dataOption,
  ],
  words: { least: 0, most: 0 },
  async run(call) {
    const wish = wishOf(call)
    const client = await NodeClient.of(nodeOf(call))
    const findings: Finding[] = []
    using bar = shownProgress(call, 'checking')
    const report = await withBlobCodes(() =>
      watchedWork(client, '/v1/blob/fsck', wish, {
        onFinding: (finding) => void findings.push(finding),
        onProgress: (progress) => bar.show({ done: progress.count('bytesRead'), inAll: progress.count('bytesInAll') }),
      }),
    )
    const checked = {
      bytesRead: report.count('bytesRead'),
      chunksRead: report.count('chunksRead'),
      blobsRead: report.count('blobsRead'),
      damaged: report.count('damaged'),
      missing: report.count('missing'),
      mended: report.count('mended'),
      blobsHurt: report.texts('blobsHurt'),
    }
    const { bytesRead, blobsRead, damaged, missing, mended, blobsHurt } = checked
    // What no blob needs does no harm; and a chunk that was found missing, or damaged, may have been mended since.
    const isLost = findings.some((finding) => finding.type === 'catalogue-damaged' && !finding.mended)
    const isSound = blobsHurt.length === 0 && !isLost
    const what = `${damaged} damaged, ${missing} missing, ${mended} mended`
    const lines: readonly Line[] = [
      ...findings.map(findingLine),
      ...blobsHurt.map((id): Line => [{ tone: 'bad', text: 'hurt' }, `  blob ${id} cannot be read wholly now`]),
      `${bytesText(bytesRead)} of ${blobsRead} blobs were read: ${damaged + missing === 0 ? 'all is sound' : what}.`,
    ]
    return { exitCode: isSound ? exitCodes.ok : exitCodes.blobDamaged, lines, document: { checked, findings } }
  },
}

function findingLine({ type, mended, what, why }: Finding): Line {
  const mark = mended ? ({ tone: 'good', text: 'mended' } as const) : ({ tone: 'bad', text: 'found' } as const)
  return [mark, `  ${type}: ${what} (${why})`]
}

function wishOf({ options }: Call): object {
  const rate = options.get('rate')
  if (rate === undefined) return {}
  const [, amount = '', unit = ''] = /^([1-9]\d{0,11})([KMG]?)$/.exec(rate) ?? []
  const bytesPerSecond = Number(amount) * (units[unit] ?? 0)
  if (amount !== '' && Number.isSafeInteger(bytesPerSecond)) return { bytesPerSecond }
  throw wrongUsage(`--rate is ${shown(rate)}`, 'give bytes each second, as 500K, 20M or 1G')
}
