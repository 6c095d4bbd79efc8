import { basename } from 'node:path'
import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { putFile, type PutFile, type PutWish } from '../blobs/put-file.ts'
import { exitCodes } from '../exit-codes.ts'
import { ContentClient } from '../running-node/content-client.ts'
import { NodeClient } from '../running-node/node-client.ts'
import type { Line } from '../terminal/lines.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Call, type Command } from './command.ts'

export const blobPutCommand: Command = {
  name: 'blob put',
  summary: 'keep the content of files, or of standard input; prints the id of each',
  usage: 'flotilla blob put FILE...|- [--name NAME] [--copies N|all] [--force] [--data FOLDER]',
  examples: [
    ['flotilla blob put disk.img --name images/disk', 'under a name, in place of what had it before'],
    ['pg_dump shop | flotilla blob put - --name shop', 'what another program writes'],
    ['flotilla blob put *.log --name logs/ --copies all', 'each under "logs/" and its own name, on every node'],
  ],
  exitCodes: blobExitCodes,
  options: [
    { name: 'name', placeholder: 'NAME', description: "what it stands under; with a / at its end, each file's own" },
    { name: 'copies', placeholder: 'N', description: 'how many nodes shall have it, or all; an error if they cannot' },
    { name: 'force', placeholder: '', description: 'send files that seem unchanged since they were put as well' },
    dataOption,
  ],
  words: { least: 1, most: Infinity },
  async run(call) {
    const wishes = wishesOf(call)
    const place = nodeOf(call)
    const clients = { content: await ContentClient.of(place), node: await NodeClient.of(place) }
    const blobs: (PutFile & { readonly from: string })[] = []
    for (const wish of wishes) {
      using bar = shownProgress(call, wish.from === '-' ? 'standard input' : basename(wish.from))
      const put = await withBlobCodes(() => putFile(clients, wish, (progress) => bar.show(progress)))
      blobs.push({ from: wish.from, ...put })
    }
    return { exitCode: exitCodes.ok, lines: blobs.map(lineOf), document: { blobs } }
  },
}

function wishesOf({ words, options }: Call): readonly PutWish[] {
  const copies = options.get('copies')
  if (copies !== undefined && !/^([1-9]\d{0,3}|all)$/.test(copies)) {
    throw wrongUsage(`--copies is ${shown(copies)}`, 'give how many nodes shall have it, from 1 on, or all')
  }
  const name = options.get('name')
  if (name === '') throw wrongUsage('--name is empty', 'give a name, or leave it out')
  const isFolder = name?.endsWith('/') === true
  if (words.length > 1 && name !== undefined && !isFolder) {
    throw wrongUsage('several files cannot have one name', 'let --name end with a /, then each has its own below it')
  }
  if (words.filter((word) => word === '-').length > 1) throw wrongUsage('- is given twice', 'give it once')
  if (isFolder && words.includes('-')) throw wrongUsage('standard input has no name of its own', 'give it all of one')
  const force = options.has('force')
  return words.map((from) => ({ from, copies, force, name: isFolder ? `${name}${basename(from)}` : name }))
}

function lineOf({ id, name, size, bytesKnown, copies, unchanged }: PutFile): Line {
  const some = bytesKnown === 0 ? '' : `, ${bytesText(bytesKnown)} of it known already`
  const known = unchanged ? ', unchanged since it was put' : some
  const many = copies === 1 ? '' : `, ${copies} copies`
  return [id, { tone: 'quiet', text: `  ${name ?? '(no name)'}  ${bytesText(size)}${known}${many}` }]
}
