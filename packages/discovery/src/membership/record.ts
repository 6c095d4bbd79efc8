import {
  array,
  boolean,
  bytes,
  createCodec,
  float,
  integer,
  literal,
  object,
  optional,
  refined,
  string,
} from '@flotilla/core/codec'
import type { Codec, Schema } from '@flotilla/core/codec'
import { signatureLength } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeIdLength, parseNodeId, type NodeId } from '@flotilla/core/ids'
import type { Address } from '../address.ts'
import { ipFamily, isSameAddress } from '../ip-address.ts'
import type { MemberMetadata } from '../member.ts'

/** What a member says about itself, and nobody else can. */
export interface MemberRecord {
  readonly id: NodeId
  /** A record of the same member with a higher one is newer. */
  readonly incarnation: number
  /** Drawn at each start: its datagrams carry it, so those of an earlier life are known for what they are. */
  readonly session: number
  /** It is about to go, of its own will. */
  readonly leaving: boolean
  /** Which proof goes with it: the first bytes of that one's hash, so nobody can hang an older proof on a record. */
  readonly proofHash: Uint8Array
  /** Where it takes datagrams. */
  readonly datagrams: readonly Address[]
  readonly metadata: MemberMetadata
}

/** A record as it travels: relayed as it is, so that the signature stays right whatever a later version adds. */
export interface SignedRecord {
  readonly body: Uint8Array
  readonly signature: Uint8Array
  /** What shows that its key is a member's; left out where the reader has it. */
  readonly proof?: Uint8Array
}

/** What one member says about another. It is about one incarnation: a refutation ends it. */
export interface Claim {
  readonly about: NodeId
  readonly incarnation: number
  /**
   * `silent`: it did not answer. `reset`: its connection was reset, and it did not answer. `dead`: it was suspected and
   * did not refute in time.
   */
  readonly kind: ClaimKind
  readonly from: NodeId
}

export type ClaimKind = 'silent' | 'reset' | 'dead'

/** Whoever relays it cannot make it up, so confirmations are those of as many members as they seem to be. */
export interface SignedClaim extends Claim {
  readonly signature: Uint8Array
}

/** The last incarnation that there is. */
export const incarnationMax: number = Number.MAX_SAFE_INTEGER
export const datagramAddressesMax = 8
export const proofHashBytes = 8
const proofBytesMax = 4_096
/** What a record has besides its metadata, addresses included. */
const recordHeadBytesMax = 768

export const nodeIdSchema: Schema<NodeId> = refined(string({ bytesMax: nodeIdLength }), (text) => parseNodeId(text))

const addressSchema: Schema<Address> = object({
  host: refined(string({ bytesMax: 64 }), (text) => {
    if (ipFamily(text) === undefined) throw new ProtocolError('malformed', 'it is no IP address')
    return text
  }),
  port: integer({ min: 1, max: 65_535 }),
})

const metadataSchema = object(
  {
    name: string({ bytesMax: 256 }),
    roles: array(string({ bytesMax: 64 }), { countMax: 32 }),
    capabilities: array(string({ bytesMax: 64 }), { countMax: 64 }),
    version: string({ bytesMax: 64 }),
    addresses: array(addressSchema, { countMax: 16 }),
    load: float(),
  },
  { unknownFields: 'skip' },
)

export const signedRecordSchema: Schema<SignedRecord> = object({
  body: bytes({ bytesMax: 16_384 + recordHeadBytesMax }),
  signature: bytes({ bytesMax: signatureLength }),
  proof: optional(bytes({ bytesMax: proofBytesMax })),
})

const claimFields = {
  about: nodeIdSchema,
  incarnation: integer(),
  kind: literal('silent', 'reset', 'dead'),
  from: nodeIdSchema,
}
export const signedClaimSchema: Schema<SignedClaim> = object({
  ...claimFields,
  signature: bytes({ bytesMax: signatureLength }),
})

/** What a claim's signature is made over. */
export const claimCodec: Codec<Claim> = createCodec<Claim>({ name: 'claim', schema: object(claimFields) })

/** Of a member's metadata alone: to see how long it is. */
export function metadataCodec(metadataBytesMax: number): Codec<MemberMetadata> {
  return createCodec({ name: 'metadata', schema: metadataSchema, limits: { bytesMax: metadataBytesMax } })
}

/** What a record's signature is made over. A later version may say more; this one passes it on. */
export function recordCodec(metadataBytesMax: number): Codec<MemberRecord> {
  return createCodec({
    name: 'member record',
    schema: object(
      {
        id: nodeIdSchema,
        incarnation: integer(),
        session: integer(),
        leaving: boolean(),
        proofHash: bytes({ bytesMax: proofHashBytes }),
        datagrams: array(addressSchema, { countMax: datagramAddressesMax }),
        metadata: metadataSchema,
      },
      { unknownFields: 'skip' },
    ),
    limits: { bytesMax: metadataBytesMax + recordHeadBytesMax },
  })
}

/** Takes datagrams where it did, in the same order. */
export function hasSameAddresses(one: MemberRecord, other: MemberRecord): boolean {
  const { datagrams } = other
  return (
    one.datagrams.length === datagrams.length &&
    one.datagrams.every((address, index) => {
      const at = datagrams[index]
      return at !== undefined && isSameAddress(address, at)
    })
  )
}
