import { lstat, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { publicKeyLength, secretKeyLength } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'

export type KeyFile =
  | { readonly type: 'key'; readonly id: NodeId }
  | { readonly type: 'missing' | 'wrong'; readonly what: string; readonly hint: string }

const keyFileLength = secretKeyLength + publicKeyLength
const restore = 'restore that file from a backup; without it the node cannot be who it was'

/** The id that follows from the key file of a data folder; the key itself does not leave this function. */
export async function readKeyFile(folder: string): Promise<KeyFile> {
  const path = join(folder, 'disk', 'identity.key')
  try {
    const found = await lstat(path)
    if (!found.isFile()) return { type: 'wrong', what: `${path} is not a plain file`, hint: restore }
    if (found.size !== keyFileLength) {
      return { type: 'wrong', what: `${path} has ${found.size} bytes instead of ${keyFileLength}`, hint: restore }
    }
    const bytes = await readFile(path)
    try {
      return keyIn(path, bytes)
    } finally {
      bytes.fill(0)
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      return { type: 'missing', what: `there is no ${path}`, hint: 'name the data folder of a node with --data' }
    }
    return { type: 'wrong', what: `${path} cannot be read (${message})`, hint: 'be the user that the node runs as' }
  }
}

function keyIn(path: string, bytes: Uint8Array): KeyFile {
  const crypto = nodeCrypto()
  const kept = bytes.subarray(secretKeyLength)
  const publicKey = crypto.ed25519.publicKey(bytes.subarray(0, secretKeyLength))
  if (kept.length !== publicKeyLength || !publicKey.every((byte, index) => byte === kept[index])) {
    return { type: 'wrong', what: `${path} is damaged: its two keys do not belong together`, hint: restore }
  }
  return { type: 'key', id: nodeIdFromPublicKey(crypto, publicKey) }
}
