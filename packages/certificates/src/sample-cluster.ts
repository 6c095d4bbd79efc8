import type { Crypto } from '@flotilla/core/crypto'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { issueCertificate, makeAuthority, type IssueOptions } from './issuing.ts'

/** What the tests of this folder begin with: an authority and one member, the same on every run. */
export interface SampleCluster {
  readonly now: WallMillis
  readonly authority: { readonly secretKey: Uint8Array; readonly certificate: Uint8Array }
  readonly secretKey: Uint8Array
  readonly publicKey: Uint8Array
  readonly id: NodeId
  readonly certificate: Uint8Array
  /** Another certificate of the same member, unless told otherwise. */
  readonly issue: (changes?: Partial<IssueOptions>) => Uint8Array
}

export const dayMs = 86_400_000

export function sampleCluster(crypto: Crypto, nowMs: number = 1_772_366_400_000, seed: number = 1): SampleCluster {
  const now = nowMs as WallMillis
  const authorityKey = new Uint8Array(32).fill(seed)
  const secretKey = new Uint8Array(32).fill(seed + 1)
  const publicKey = crypto.ed25519.publicKey(secretKey)
  const authority = { secretKey: authorityKey, ...makeAuthority({ crypto, secretKey: authorityKey, now }) }
  const issue = (changes: Partial<IssueOptions> = {}): Uint8Array =>
    issueCertificate({
      crypto,
      authority,
      subject: { publicKey, name: 'alpha', role: 'node' },
      serial: '40'.padEnd(32, '1'),
      notBefore: now,
      notAfter: (now + 30 * dayMs) as WallMillis,
      ...changes,
    })
  const id = nodeIdFromPublicKey(crypto, publicKey)
  return { now, authority, secretKey, publicKey, id, certificate: issue(), issue }
}
