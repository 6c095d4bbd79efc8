import { bytesText, momentText } from '@flotilla/core/text'
import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns } from '../terminal/lines.ts'
import { blobExitCodes, readBlob, readNamedBlob } from './blob-answer.ts'
import { nodeOf, dataOption, wrongUsage, type Command } from './command.ts'

/** How much of an id a list shows: enough to tell blobs apart; `--ids` and `--json` show all of it. */
const idShownLength = 12

export const blobListCommand: Command = {
  name: 'blob ls',
  summary: 'the names that stand for blobs, or with --ids every blob',
  usage: 'flotilla blob ls [PREFIX] [--ids] [--data FOLDER]',
  examples: [['flotilla blob ls images/', 'all names that begin with "images/"']],
  exitCodes: blobExitCodes,
  options: [
    { name: 'ids', placeholder: '', description: 'every blob by its id, those without a name too' },
    dataOption,
  ],
  words: { least: 0, most: 1 },
  async run(call) {
    const [prefix = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    if (call.options.has('ids')) {
      if (prefix !== '') throw wrongUsage('ids have no beginnings to look for', 'leave out PREFIX, or --ids')
      const { rows, isCut } = await allOf(client, '/v1/blob-ids', {}, readBlob)
      const lines = rows.map(({ id, size, names, pinned }) => {
        return [id, bytesText(size), pinned ? 'pinned' : '', names.join(', ')]
      })
      return {
        exitCode: exitCodes.ok,
        lines: [...columns(lines), ...cutLine(isCut)],
        document: { blobs: rows, more: isCut },
      }
    }
    const { rows, isCut } = await allOf(client, '/v1/blobs', { prefix }, readNamedBlob)
    const lines = rows.map(({ name, id, size, putAt }) => {
      return [name, bytesText(size), momentText(putAt), id.slice(0, idShownLength)]
    })
    const shown = rows.length === 0 ? ['No blob has such a name.'] : columns([['name', 'size', 'put', 'id'], ...lines])
    return { exitCode: exitCodes.ok, lines: [...shown, ...cutLine(isCut)], document: { blobs: rows, more: isCut } }
  },
}

function cutLine(isCut: boolean): readonly string[] {
  return isCut ? ['There are more: name a longer beginning.'] : []
}

async function allOf<Row>(
  client: NodeClient,
  path: string,
  parameters: Readonly<Record<string, string>>,
  read: (row: NodeAnswer) => Row,
): Promise<{ readonly rows: readonly Row[]; readonly isCut: boolean }> {
  const rows: Row[] = []
  let after: string | undefined = ''
  while (after !== undefined && rows.length < cliLimitsDefaults.blobsShownMax) {
    const query = new URLSearchParams({ ...parameters, ...(after === '' ? {} : { after }) })
    const page = await client.get(`${path}?${query.toString()}`, (answer) => ({
      rows: answer.list('blobs').map(read),
      next: answer.optional('next', () => answer.text('next')),
    }))
    rows.push(...page.rows)
    after = page.next
  }
  return { rows, isCut: after !== undefined }
}
