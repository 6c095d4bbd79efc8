import { nobleCrypto } from '@flotilla/core/crypto/noble'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'

/**
 * The id of a simulated host: well formed, and the same in every world. No secret key belongs to it; a suite that signs
 * makes its own keys and maps them.
 */
export function hostId(hostName: string): NodeId {
  const crypto = nobleCrypto()
  return nodeIdFromPublicKey(crypto, crypto.sha256(new TextEncoder().encode(`simulated host ${hostName}`)))
}
