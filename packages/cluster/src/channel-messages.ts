import { certificateLimits } from '@flotilla/certificates'
import {
  boolean,
  bytes,
  createCodec,
  integer,
  literal,
  object,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { clusterLimits } from './config.ts'
import { tipLength } from './revocation-list.ts'

/** What members tell each other each heartbeat, as a notice. */
export interface Beat {
  /** The number of the list of revocations; 0 for none. */
  readonly number: number
  readonly tip: Uint8Array
  /** Whether this member holds the authority, and can renew certificates. */
  readonly isAuthority: boolean
}

export type ChannelRequest =
  | { readonly type: 'list' }
  /** A new certificate in place of this one, for the same key, name and role. */
  | { readonly type: 'renew'; readonly certificate: Uint8Array }

export type RenewalRefusal = 'not-the-authority' | 'not-yours' | 'revoked' | 'not-valid'

export type ChannelAnswer =
  /** Empty when there is none. */
  | { readonly type: 'list'; readonly list: Uint8Array }
  | { readonly type: 'renewed'; readonly certificate: Uint8Array }
  | { readonly type: 'refused'; readonly reason: RenewalRefusal }

const certificate = bytes({ bytesMax: certificateLimits.certificateBytesMax })

export const beatCodec: Codec<Beat> = createCodec({
  name: 'cluster heartbeat',
  limits: { bytesMax: 128 },
  schema: object({ number: integer(), tip: bytes({ bytesMax: tipLength }), isAuthority: boolean() }),
})

const requestSchema: Schema<ChannelRequest> = union({ list: object({}), renew: object({ certificate }) })
export const requestCodec: Codec<ChannelRequest> = createCodec({
  name: 'cluster request',
  limits: { bytesMax: 2 * certificateLimits.certificateBytesMax },
  schema: requestSchema,
})

const answerSchema: Schema<ChannelAnswer> = union({
  list: object({ list: bytes({ bytesMax: clusterLimits.listBytesMax }) }),
  renewed: object({ certificate }),
  refused: object({ reason: literal('not-the-authority', 'not-yours', 'revoked', 'not-valid') }),
})
export const answerCodec: Codec<ChannelAnswer> = createCodec({
  name: 'cluster answer',
  limits: { bytesMax: clusterLimits.listBytesMax + certificateLimits.certificateBytesMax },
  schema: answerSchema,
})
