import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { bytesText } from '@flotilla/core/text'
import { withBlobCodes } from '../blobs/blob-failure.ts'
import { fetchTo, fetchToFile } from '../blobs/download.ts'
import { writeRangeFile } from '../blobs/range-file.ts'
import { exitCodes } from '../exit-codes.ts'
import { ContentClient } from '../running-node/content-client.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { shownProgress } from '../terminal/shown-progress.ts'
import { writtenOut } from '../terminal/standard-output.ts'
import { blobExitCodes, readShownBlob } from './blob-answer.ts'
import { nodeOf, dataOption, shown, wrongUsage, type Call, type Command, type Result } from './command.ts'

const rangeForm = /^(\d{1,15}-\d{0,15}|-\d{1,15})$/

export const blobGetCommand: Command = {
  name: 'blob get',
  summary: 'the content of a blob, each byte verified: to standard output, or into a file',
  usage: 'flotilla blob get REF [--output FILE] [--range FROM-TO] [--data FOLDER]',
  examples: [
    ['flotilla blob get images/disk -o disk.img', 'goes on where an earlier attempt was broken off'],
    ['flotilla blob get shop | psql', 'to another program'],
    ['flotilla blob get images/disk --range 0-511', 'its first 512 bytes; -512 are the last ones'],
  ],
  exitCodes: blobExitCodes,
  options: [
    {
      name: 'output',
      letter: 'o',
      placeholder: 'FILE',
      description: 'the file, which is complete or not there; - is standard output, also where that is a terminal',
    },
    { name: 'range', placeholder: 'FROM-TO', description: 'only these bytes, both ends included, counted from 0' },
    dataOption,
  ],
  words: { least: 1, most: 1 },
  async run(call) {
    const [ref = ''] = call.words
    const { output, range } = wishOf(call)
    const client = await ContentClient.of(nodeOf(call))
    return await withBlobCodes(async () => {
      if (output === undefined) return await toOutput(call, client, { ref, range })
      return range === undefined
        ? await toFile(call, client, { ref, output })
        : await partToFile(call, client, { ref, output, range })
    })
  },
}

interface Wish {
  /** Undefined for standard output. */
  readonly output: string | undefined
  readonly range: string | undefined
}

function wishOf({ options }: Call): Wish {
  const [output, range] = [options.get('output'), options.get('range')]
  if (range !== undefined && !rangeForm.test(range)) {
    throw wrongUsage(`--range is ${shown(range)}`, 'write it as 0-511, 512- or -512')
  }
  if (output !== undefined && output !== '-') return { output, range }
  if (options.has('json')) throw wrongUsage('--json has no room for content', 'name a file with --output')
  if (output === undefined && process.stdout.isTTY) {
    throw wrongUsage('the content would go to the terminal', 'name a file with --output, or - if it is meant to')
  }
  return { output: undefined, range }
}

async function toOutput(
  call: Call,
  client: ContentClient,
  wish: { readonly ref: string; readonly range: string | undefined },
): Promise<Result> {
  using bar = shownProgress(call, wish.ref)
  await fetchTo(client, wish, writtenOut, (progress) => bar.show(progress))
  return { exitCode: exitCodes.ok, lines: [], document: undefined }
}

async function toFile(
  call: Call,
  client: ContentClient,
  { ref, output }: { readonly ref: string; readonly output: string },
): Promise<Result> {
  await checkTarget(output)
  const node = await NodeClient.of(nodeOf(call))
  const { id, size } = await node.get(`/v1/blob/stat?ref=${encodeURIComponent(ref)}`, readShownBlob)
  using bar = shownProgress(call, basename(output))
  const fetched = await fetchToFile(client, { ref, id, size, target: output }, (progress) => bar.show(progress))
  return resultOf(output, fetched)
}

async function partToFile(
  call: Call,
  client: ContentClient,
  { output, ...wish }: { readonly ref: string; readonly output: string; readonly range: string },
): Promise<Result> {
  await checkTarget(output)
  using bar = shownProgress(call, basename(output))
  const fetched = await writeRangeFile(output, (into) => fetchTo(client, wish, into, (progress) => bar.show(progress)))
  return resultOf(output, fetched)
}

function resultOf(
  output: string,
  fetched: { readonly id: string; readonly size: number; readonly bytesKept: number },
): Result {
  const kept = fetched.bytesKept === 0 ? '' : `, ${bytesText(fetched.bytesKept)} of it from an earlier attempt`
  return {
    exitCode: exitCodes.ok,
    lines: [`${output}: ${bytesText(fetched.size)}${kept}`],
    document: { file: output, ...fetched },
  }
}

async function checkTarget(output: string): Promise<void> {
  const found = await stat(output).catch(() => undefined)
  if (found?.isDirectory() === true) throw wrongUsage(`${shown(output)} is a folder`, 'name a file in it')
}
