import { nobleCrypto } from '@flotilla/core/crypto/noble'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'

/** A well-formed id, the same in every world. */
export function idOf(name: string): NodeId {
  const crypto = nobleCrypto()
  return nodeIdFromPublicKey(crypto, crypto.sha256(new TextEncoder().encode(name)))
}
