import { secretKeyLength } from '@flotilla/core/crypto'
import { diskPath, type Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy } from '@flotilla/core/random'
import { keyInFile } from './vm-key-file.ts'

/** On the node's disk. */
const keyName = 'vm-orders.key'
const hint = `write ${2 * secretKeyLength} hexadecimal digits into it, for its owner alone: chmod 600`

/**
 * What signs orders for virtual machines that may run anything. It is the operator's, from a file that is named; or one
 * that is made once, in the data folder.
 */
export async function vmSigningKey(options: {
  readonly file: string
  readonly disk: Disk
  readonly entropy: Entropy
}): Promise<Uint8Array> {
  if (options.file !== '') return keyIn(options.file)
  const { disk, entropy } = options
  const path = diskPath(keyName)
  const found = await disk.read(path)
  if (found?.length === secretKeyLength) return found
  if (found !== undefined) {
    throw new FlotillaError('key-damaged', `the key file disk/${keyName} of this node is damaged`, {
      hint: 'restore it from a backup; or remove it, and have your virtual machines trust the new one',
    })
  }
  const made = entropy.bytes(secretKeyLength)
  await disk.replace(path, made)
  return made
}

async function keyIn(file: string): Promise<Uint8Array> {
  try {
    return await keyInFile(file, secretKeyLength)
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    throw new FlotillaError('wrong-setting', `--vm-key: ${error.message}`, { hint, cause: error })
  }
}
