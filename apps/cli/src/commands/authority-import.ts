import { readFile, stat } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { exitCodes } from '../exit-codes.ts'
import { cliLimitsDefaults } from '../limits.ts'
import { withNode } from '../running-node/brief-node.ts'
import { askPassphrase } from '../terminal/passphrase.ts'
import { clusterRows, readClusterPlace } from './cluster-answer.ts'
import { ownDataFolderOf, dataOption, type Command } from './command.ts'

export const authorityImportCommand: Command = {
  name: 'authority import',
  summary: "let this machine, a member already, hold the cluster's authority too, from an exported file",
  usage: 'flotilla authority import FILE [--data FOLDER]',
  examples: [['flotilla authority import authority.key', 'this machine then can invite and revoke too']],
  options: [dataOption],
  isLocal: true,
  words: { least: 1, most: 1 },
  async run(call) {
    const [path = ''] = call.words
    const file = (await readBounded(path)).toString('base64')
    const passphrase = await askPassphrase('Passphrase of the file: ')
    return withNode(ownDataFolderOf(call), undefined, async (client) => {
      const place = await client.post('/v1/cluster/authority/import', { passphrase, file }, readClusterPlace)
      return {
        exitCode: exitCodes.ok,
        lines: [
          [{ tone: 'good', text: 'This machine holds the authority.' }],
          ...(place === undefined ? [] : clusterRows(place)),
        ],
        document: { cluster: place ?? null },
      }
    })
  },
}

async function readBounded(path: string): Promise<Buffer> {
  const { authorityFileBytesMax } = cliLimitsDefaults
  try {
    const { size } = await stat(path)
    if (size <= authorityFileBytesMax) return await readFile(path)
  } catch (error) {
    throw new FlotillaError('not-readable', `${path} cannot be read: ${(error as Error).message}`, {
      hint: 'name the file that `flotilla authority export` wrote',
      cause: error,
    })
  }
  throw new FlotillaError('not-readable', `${path} is longer than ${authorityFileBytesMax} bytes`, {
    hint: 'name the file that `flotilla authority export` wrote',
  })
}
