/** The list of those who must not be in any more: signed by the authority, numbered, and with an end for each entry. */
import { certificateLimits, type AuthorityFacts } from '@flotilla/certificates'
import { array, bytes, createCodec, integer, object, refined, string, type Codec } from '@flotilla/core/codec'
import { signatureLength, type Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import {
  clusterIdLength,
  nodeIdLength,
  parseClusterId,
  parseNodeId,
  type ClusterId,
  type NodeId,
} from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { ascii, compareBytes, joined } from './byte-string.ts'
import { clusterLimits } from './config.ts'

export interface Revocation {
  readonly id: NodeId
  /** For people. */
  readonly reason: string
  readonly revokedAt: WallMillis
  /** Every certificate of that id has expired by then, so the list need not name it any more. */
  readonly until: WallMillis
}

export interface RevocationList {
  /** A higher one replaces a lower one, whatever they say. */
  readonly number: number
  readonly issuedAt: WallMillis
  readonly entries: readonly Revocation[]
}

/**
 * Which list it is. Only copies of an authority can make two lists with one number; the one with the later tip counts.
 */
export interface ListVersion {
  readonly number: number
  /** The beginning of the list's signature. */
  readonly tip: Uint8Array
}

export type RevocationErrorCode = 'malformed' | 'foreign-authority' | 'wrong-signature'

export const tipLength = 8
export const noList: ListVersion = { number: 0, tip: new Uint8Array(tipLength) }

interface Body extends RevocationList {
  readonly version: number
  readonly cluster: ClusterId
}

const version = 1
const domain = ascii('flotilla revocations v1\0')
const { revocationsMax, reasonBytesMax, listBytesMax } = clusterLimits

const wall = integer<WallMillis>({ max: certificateLimits.wallMsMax })
const bodyCodec: Codec<Body> = createCodec({
  name: 'list of revocations',
  limits: { bytesMax: listBytesMax },
  schema: object({
    version: integer({ min: version, max: version }),
    cluster: refined(string({ bytesMax: clusterIdLength }), parseClusterId),
    number: integer({ min: 1 }),
    issuedAt: wall,
    entries: array(
      object({
        id: refined(string({ bytesMax: nodeIdLength }), parseNodeId),
        reason: string({ bytesMax: reasonBytesMax }),
        revokedAt: wall,
        until: wall,
      }),
      { countMax: revocationsMax },
    ),
  }),
})

const signedCodec: Codec<{ readonly body: Uint8Array; readonly signature: Uint8Array }> = createCodec({
  name: 'list of revocations',
  limits: { bytesMax: listBytesMax },
  schema: object({ body: bytes({ bytesMax: listBytesMax }), signature: bytes({ bytesMax: signatureLength }) }),
})

export function writeRevocations(
  cluster: ClusterId,
  list: RevocationList,
  sign: (message: Uint8Array) => Uint8Array,
): Uint8Array {
  const body = bodyCodec.encode({ version, cluster, ...list })
  return signedCodec.encode({ body, signature: sign(joined(domain, body)) })
}

/** What the list says, if this authority has signed it; throws a `ProtocolError` otherwise, and nothing else. */
export function readRevocations(
  crypto: Crypto,
  authority: AuthorityFacts,
  list: Uint8Array,
): RevocationList & { readonly version: ListVersion } {
  const { body, signature } = signedCodec.decode(list)
  if (!crypto.ed25519.verify(authority.publicKey, joined(domain, body), signature)) {
    throw new ProtocolError<RevocationErrorCode>(
      'wrong-signature',
      "the list of revocations is not signed by the cluster's authority",
      { hint: 'whoever sent it is broken or hostile; the list that we have stays' },
    )
  }
  const { cluster, number, issuedAt, entries } = bodyCodec.decode(body)
  if (cluster !== authority.cluster) {
    throw new ProtocolError<RevocationErrorCode>('foreign-authority', 'the list of revocations is of another cluster')
  }
  return { number, issuedAt, entries, version: { number, tip: signature.slice(0, tipLength) } }
}

/** Negative if the first is the earlier one, 0 if they are the same. */
export function compareVersions(one: ListVersion, other: ListVersion): number {
  return one.number === other.number ? compareBytes(one.tip, other.tip) : one.number - other.number
}
