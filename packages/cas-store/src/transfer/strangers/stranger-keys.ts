import type { Crypto } from '@flotilla/core/crypto'
import type { DataKeys, IdentitySecret } from '../../sealing/contract.ts'
import type { KeyEpoch } from '../../types.ts'

const info: Uint8Array = new TextEncoder().encode('flotilla chunks for strangers v1')
const epoch = 1 as KeyEpoch

/**
 * The keys with which chunks are sealed for nodes that must not read them. Everybody who has the identity secret has
 * them too, so that what one node has given away another one can read. A workshop with them seals for strangers.
 */
export function strangerKeys(crypto: Pick<Crypto, 'hkdfSha256'>, secret: IdentitySecret): DataKeys {
  const key = crypto.hkdfSha256(secret, new Uint8Array(0), info, 32)
  return { newest: epoch, keys: new Map([[epoch, key]]) }
}
