import { bytesText, momentText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { columns, type Line } from '../terminal/lines.ts'
import { blobExitCodes, readShownBlob, type BlobHolder, type ShownBlob } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobStatCommand: Command = {
  name: 'blob stat',
  summary: 'one blob: its id, size and names, how many copies there are, and where',
  usage: 'flotilla blob stat REF [--data FOLDER]',
  examples: [['flotilla blob stat images/disk', 'how large it is, and where its copies are']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [ref = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const path = `/v1/blob/stat?ref=${encodeURIComponent(ref)}`
    const blob = await withBlobCodes(() => client.get(path, readShownBlob))
    return { exitCode: exitCodes.ok, lines: linesOf(blob), document: { blob } }
  },
}

function linesOf(blob: ShownBlob): readonly Line[] {
  const { id, size, names, pinned, putAt } = blob
  return columns([
    ['id', id],
    ['size', size < 1_024 ? `${size} bytes` : `${bytesText(size)} (${size} bytes)`],
    ['put', momentText(putAt)],
    ['pinned', pinned ? 'yes, so it cannot be deleted' : 'no'],
    ...(names.length === 0 ? [['names', 'none']] : names.map((name, index) => [index === 0 ? 'names' : '', name])),
    ...copiesRows(blob),
  ])
}

function copiesRows({ copiesWanted, holders }: ShownBlob): readonly (readonly string[])[] {
  if (holders === null || copiesWanted === null) return [['copies', '1, here: this node is in no cluster']]
  const living = holders.filter(({ alive }) => alive).length
  const wanted = copiesWanted === 'all' ? 'every node shall have one' : `${copiesWanted} wanted`
  return [
    ['copies', `${living} within reach, ${wanted}`],
    ...holders.map((holder, index) => [index === 0 ? 'where' : '', holderText(holder)]),
  ]
}

function holderText({ id, name, self, alive }: BlobHolder): string {
  return `${name === '' ? id : name}${self ? ', this node' : ''}${alive ? '' : ', which is away'}`
}
