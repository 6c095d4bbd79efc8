import { writeFile } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../exit-codes.ts'
import { NodeClient } from '../running-node/node-client.ts'
import { askPassphrase } from '../terminal/passphrase.ts'
import { nodeOf, dataOption, type Command } from './command.ts'

export const authorityExportCommand: Command = {
  name: 'authority export',
  summary: "copy the cluster's authority into a file, encrypted under a passphrase",
  usage: 'flotilla authority export FILE [--data FOLDER]',
  examples: [
    ['flotilla authority export authority.key', 'asks for a passphrase; keep the file apart from this machine'],
  ],
  options: [dataOption],
  words: { least: 1, most: 1 },
  async run(call) {
    const [path = ''] = call.words
    const client = await NodeClient.of(nodeOf(call))
    const passphrase = await askPassphrase('Passphrase for the file: ')
    const file = await client.post('/v1/cluster/authority/export', { passphrase }, (answer) => answer.text('file'))
    await writeNew(path, Buffer.from(file, 'base64'))
    return {
      exitCode: exitCodes.ok,
      lines: [
        [{ tone: 'good', text: `The authority is in ${path}.` }],
        'Whoever has the file and the passphrase decides who is in the cluster. Keep them apart.',
      ],
      document: { path },
    }
  },
}

async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes, { mode: 0o600, flag: 'wx' })
  } catch (error) {
    const exists = (error as NodeJS.ErrnoException).code === 'EEXIST'
    const why = exists ? 'it exists already' : error instanceof Error ? error.message : String(error)
    throw new FlotillaError('not-written', `${path} was not written: ${why}`, {
      hint: 'name a file that is not there yet, in a folder that you may write to',
      cause: error,
    })
  }
}
