import { publicKeyLength, secretKeyLength, type Crypto } from '@flotilla/core/crypto'
import { diskPath, type Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Entropy } from '@flotilla/core/random'

export interface Identity {
  readonly id: NodeId
  readonly publicKey: Uint8Array
  /** For signing, and for TLS. It never leaves this process. */
  readonly secretKey: Uint8Array
}

/** On the node's disk. */
const keyName = 'identity.key'
/** The secret key, then the public key that belongs to it, by which damage is noticed. */
const keyFileLength = secretKeyLength + publicKeyLength

/**
 * Who this node is, from its key file, which is made on the first start and never again: a node that has lived and has
 * lost its key, or finds it damaged, must not come back as somebody else.
 */
export async function loadIdentity(options: {
  readonly disk: Disk
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly hasLived: boolean
}): Promise<Identity> {
  const { disk, crypto, entropy, hasLived } = options
  const path = diskPath(keyName)
  const found = await disk.read(path)
  if (found === undefined && hasLived) {
    throw new FlotillaError('key-missing', `this node has lived before, but its key file disk/${keyName} is gone`, {
      hint: 'restore that file from a backup; or start a new node in an empty folder',
    })
  }
  const bytes = found ?? newKeyFile(crypto, entropy)
  const publicKey = publicKeyOf(crypto, bytes)
  if (publicKey === undefined) {
    throw new FlotillaError('key-damaged', `the key file disk/${keyName} of this node is damaged`, {
      hint: 'restore that file from a backup; it was left as it is',
    })
  }
  if (found === undefined) await disk.replace(path, bytes)
  const secretKey = bytes.slice(0, secretKeyLength)
  bytes.fill(0)
  return { id: nodeIdFromPublicKey(crypto, publicKey), publicKey, secretKey }
}

function newKeyFile(crypto: Crypto, entropy: Entropy): Uint8Array {
  const secretKey = entropy.bytes(secretKeyLength)
  const bytes = new Uint8Array(keyFileLength)
  bytes.set(secretKey)
  bytes.set(crypto.ed25519.publicKey(secretKey), secretKeyLength)
  secretKey.fill(0)
  return bytes
}

/** Undefined if these are not a secret key and its public key. */
function publicKeyOf(crypto: Crypto, bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length !== keyFileLength) return undefined
  const publicKey = crypto.ed25519.publicKey(bytes.subarray(0, secretKeyLength))
  return publicKey.every((byte, index) => byte === bytes[secretKeyLength + index]) ? publicKey : undefined
}
