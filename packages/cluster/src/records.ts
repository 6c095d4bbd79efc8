/** What is kept in the `ClusterStore`, besides the list of revocations and the table of invitations. */
import { certificateLimits } from '@flotilla/certificates'
import {
  array,
  bytes,
  createCodec,
  integer,
  object,
  optional,
  refined,
  string,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeIdLength, parseNodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'
import { clusterSecretLength } from './cluster-secret.ts'
import { clusterLimits } from './config.ts'
import type { RecordName } from './ports.ts'
import type { Revocation } from './revocation-list.ts'

export interface AuthorityRecord {
  readonly version: number
  readonly secretKey: Uint8Array
  readonly certificate: Uint8Array
  /** Of the cluster: see `cluster-secret.ts`. Records from before there were any have none. */
  readonly secret?: Uint8Array
  /** All whom this authority has revoked ever. */
  readonly revoked: readonly Revocation[]
}

export interface MemberRecord {
  readonly version: number
  /** The authority's certificate. */
  readonly authority: Uint8Array
  /** The member's own. */
  readonly certificate: Uint8Array
  /** Of the cluster. Who must not have it has none, and so have records from before there were any. */
  readonly secret?: Uint8Array | undefined
}

export const recordVersion = 1

const version = integer({ min: recordVersion, max: recordVersion })
const certificate = bytes({ bytesMax: certificateLimits.certificateBytesMax })
const secret = optional(bytes({ bytesMax: clusterSecretLength }))
const wall = integer<WallMillis>({ max: certificateLimits.wallMsMax })

const authoritySchema: Schema<AuthorityRecord> = object({
  version,
  secretKey: bytes({ bytesMax: 32 }),
  certificate,
  secret,
  revoked: array(
    object({
      id: refined(string({ bytesMax: nodeIdLength }), parseNodeId),
      reason: string({ bytesMax: clusterLimits.reasonBytesMax }),
      revokedAt: wall,
      until: wall,
    }),
    { countMax: clusterLimits.revokedEverMax },
  ),
})

export const authorityCodec: Codec<AuthorityRecord> = createCodec({
  name: 'record of the authority',
  schema: authoritySchema,
})

export const memberCodec: Codec<MemberRecord> = createCodec({
  name: 'record of the membership',
  schema: object({ version, authority: certificate, certificate, secret }),
})

export function memberBytes(member: Omit<MemberRecord, 'version'>): Uint8Array {
  const known = member.secret === undefined ? {} : { secret: member.secret }
  const { authority, certificate: own } = member
  return memberCodec.encode({ version: recordVersion, authority, certificate: own, ...known })
}

/** What goes to another machine with the authority. Invitations do not: each would be redeemed twice then. */
export interface AuthorityFileContent {
  readonly authority: AuthorityRecord
  /** The present list; empty for none. */
  readonly revocations: Uint8Array
}

export const authorityFileCodec: Codec<AuthorityFileContent> = createCodec({
  name: 'exported authority',
  schema: object({ authority: authoritySchema, revocations: bytes({ bytesMax: clusterLimits.listBytesMax }) }),
})

/** What `read` makes of the record; throws `damaged` if it is none. */
export function fromRecord<Value>(name: RecordName, read: () => Value): Value {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FlotillaError)) throw error
    throw new FlotillaError('damaged', `the record "${name}" of this member is damaged: ${error.message}`, {
      cause: error,
      hint: 'restore it from a backup; it was left as it is',
    })
  }
}
