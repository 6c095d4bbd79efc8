import { nodeCrypto } from '@flotilla/core/crypto/node'
import { identitySecret } from '../../sealing/identity.ts'
import { threadWorkshop } from '../../sealing/node-thread-workshop.ts'
import type { TransferOptions } from '../transfer.ts'
import { strangerKeys } from './stranger-keys.ts'

export type StrangerWorkshop = NonNullable<TransferOptions['strangers']>['workshop'] & AsyncDisposable

/** Copies for replicas are made in the background: they need not have every core. */
const threads = 1

/**
 * Seals for untrusted replicas, and opens what they give back, in a thread of its own. `identity`: the secret of the
 * cluster. Who has the secret can make and read these copies, whatever keys its own store has.
 */
export function strangerWorkshop({ identity }: { readonly identity: Uint8Array }): StrangerWorkshop {
  const secret = identitySecret(identity)
  return threadWorkshop({ identity: secret, keys: strangerKeys(nodeCrypto(), secret), threads })
}
