import { withBlobCodes } from '../blobs/blob-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { blobExitCodes } from './blob-answer.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const blobNameCommand: Command = {
  name: 'blob name',
  summary: 'let a name stand for a blob, in place of what it stood for before',
  usage: 'flotilla blob name NAME REF [--data FOLDER]',
  examples: [['flotilla blob name images/stable images/disk', 'what "images/disk" stands for has another name too']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 2, most: 2 },
  async run(call) {
    const [name = '', ref = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    await withBlobCodes(() => client.post('/v1/blob/name', { name, ref }, (answer) => answer.flag('named')))
    return { exitCode: exitCodes.ok, lines: [`${name} stands for ${ref} now.`], document: { name, ref } }
  },
}

export const blobUnnameCommand: Command = {
  name: 'blob unname',
  summary: 'forget a name; the blob stays',
  usage: 'flotilla blob unname NAME [--data FOLDER]',
  examples: [['flotilla blob unname images/old', 'the blob stays while another name or a pin keeps it']],
  exitCodes: blobExitCodes,
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [name = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const was = await withBlobCodes(() => client.post('/v1/blob/unname', { name }, (answer) => answer.flag('was')))
    const lines = [was ? `${name} is forgotten; the blob stays.` : `There was no name ${name}.`]
    return { exitCode: was ? exitCodes.ok : exitCodes.blobNotFound, lines, document: { name, was } }
  },
}
