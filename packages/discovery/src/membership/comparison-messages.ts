import { array, createCodec, integer, literal, object, optional, union, type Codec } from '@flotilla/core/codec'
import type { NodeId } from '@flotilla/core/ids'
import { nodeIdSchema, signedClaimSchema, signedRecordSchema, type SignedClaim, type SignedRecord } from './record.ts'

/** What two members ask each other over their connection. */
export type ComparisonRequest =
  /** Are you there? */
  | { readonly type: 'probe' }
  /** Here I am, and these are the sums of what I know, bucket by bucket. */
  | { readonly type: 'compare'; readonly own: SignedRecord; readonly sums: readonly number[] }
  /** Here is what you lack; give me what I lack. */
  | { readonly type: 'swap'; readonly give: readonly MemberState[]; readonly want: readonly NodeId[] }

export type ComparisonAnswer =
  | { readonly type: 'here' }
  /** In these buckets we differ, and this is all that I have there. */
  | {
      readonly type: 'differ'
      readonly own: SignedRecord
      readonly buckets: readonly number[]
      readonly digests: readonly Digest[]
    }
  /** As much of what you want as fits into one answer. */
  | { readonly type: 'given'; readonly states: readonly MemberState[] }

/** What one believes of a member, as briefly as can be. */
export interface Digest {
  readonly id: NodeId
  readonly incarnation: number
  readonly standing: 'here' | 'dead'
}

export interface MemberState {
  readonly signed: SignedRecord
  /** For the dead: since how long, and who says so. */
  readonly death?: { readonly ageMs: number; readonly claims: readonly SignedClaim[] }
}

export const bucketCount = 32
const digestsMax = 65_536
/** Claims that show one death. */
export const deathClaimsMax = 4
/** Members that are asked for at once. */
export const wantedMax = 512
/** More states than fit into a message of the largest `exchangeBytesMax`. */
const statesMax = 4_096
const messageBytesMax = 4 * 2 ** 20
const ageMsMax = 366 * 86_400_000

const state = object({
  signed: signedRecordSchema,
  death: optional(
    object({ ageMs: integer({ max: ageMsMax }), claims: array(signedClaimSchema, { countMax: deathClaimsMax }) }),
  ),
})

export const comparisonRequestCodec: Codec<ComparisonRequest> = createCodec<ComparisonRequest>({
  name: 'membership request',
  schema: union({
    probe: object({}),
    compare: object({ own: signedRecordSchema, sums: array(integer({ max: 2 ** 32 - 1 }), { countMax: bucketCount }) }),
    swap: object({
      give: array(state, { countMax: statesMax }),
      want: array(nodeIdSchema, { countMax: wantedMax }),
    }),
  }),
  limits: { bytesMax: messageBytesMax },
})

export const comparisonAnswerCodec: Codec<ComparisonAnswer> = createCodec<ComparisonAnswer>({
  name: 'membership answer',
  schema: union({
    here: object({}),
    differ: object({
      own: signedRecordSchema,
      buckets: array(integer({ max: bucketCount - 1 }), { countMax: bucketCount }),
      digests: array(object({ id: nodeIdSchema, incarnation: integer(), standing: literal('here', 'dead') }), {
        countMax: digestsMax,
      }),
    }),
    given: object({ states: array(state, { countMax: statesMax }) }),
  }),
  limits: { bytesMax: messageBytesMax },
})
