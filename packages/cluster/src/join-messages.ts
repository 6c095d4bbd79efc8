import {
  bytes,
  createCodec,
  integer,
  literal,
  object,
  optional,
  string,
  union,
  type Codec,
  type Schema,
} from '@flotilla/core/codec'
import { certificateLimits } from '@flotilla/certificates'
import { sealedSecretLength } from './cluster-secret.ts'
import { clusterLimits } from './config.ts'
import { hostRefusals, malformedJoin, type HostRefusal } from './refusal.ts'
import { tokenLengths } from './token.ts'

export interface Hello {
  readonly type: 'hello'
  readonly invitation: Uint8Array
  readonly publicKey: Uint8Array
  readonly name: string
  /** The newcomer's clock. */
  readonly wallMs: number
}

export interface NewcomerProof {
  readonly type: 'proof'
  readonly proof: Uint8Array
  /** By the newcomer's own key. */
  readonly signature: Uint8Array
}

/** What a newcomer says. */
export type NewcomerMessage = Hello | NewcomerProof

export interface HostProof {
  readonly type: 'authority'
  readonly certificate: Uint8Array
  /** That the inviter knows the token. */
  readonly proof: Uint8Array
}

export interface Welcome {
  readonly type: 'welcome'
  /** The newcomer's own, at last. */
  readonly certificate: Uint8Array
  /** The list of revocations, unless it is too long for here. */
  readonly revocations?: Uint8Array
  /** Of the cluster, sealed; for those who may have it. */
  readonly secret?: Uint8Array
}

export interface Refused {
  readonly type: 'refused'
  readonly reason: HostRefusal
  /** What the reason calls for, or 0. */
  readonly detail: number
}

/** What a host says. */
export type HostMessage = HostProof | Welcome | Refused

const keyLength = 32
const proofLength = 32
const signatureLength = 64
const certificate = bytes({ bytesMax: certificateLimits.certificateBytesMax })

const newcomerSchema: Schema<NewcomerMessage> = union({
  hello: object({
    invitation: bytes({ bytesMax: tokenLengths.invitation }),
    publicKey: bytes({ bytesMax: keyLength }),
    name: string({ bytesMax: certificateLimits.nameLengthMax }),
    wallMs: integer(),
  }),
  proof: object({ proof: bytes({ bytesMax: proofLength }), signature: bytes({ bytesMax: signatureLength }) }),
})

const hostSchema: Schema<HostMessage> = union({
  authority: object({ certificate, proof: bytes({ bytesMax: proofLength }) }),
  welcome: object({
    certificate,
    revocations: optional(bytes({ bytesMax: clusterLimits.welcomeListBytesMax })),
    secret: optional(bytes({ bytesMax: sealedSecretLength })),
  }),
  refused: object({ reason: literal(...hostRefusals), detail: integer({ min: Number.MIN_SAFE_INTEGER }) }),
})

/** The longest message of a host. */
export const hostMessageBytesMax: number = clusterLimits.welcomeListBytesMax + 2 * certificateLimits.certificateBytesMax

export const newcomerCodec: Codec<NewcomerMessage> = createCodec({
  name: "newcomer's message",
  schema: newcomerSchema,
  limits: { bytesMax: clusterLimits.knockBytesMax },
})

export const hostCodec: Codec<HostMessage> = createCodec({
  name: "host's message",
  schema: hostSchema,
  limits: { bytesMax: hostMessageBytesMax },
})

/** The codec bounds lengths from above; these have one length only. */
export function checkNewcomerLengths(message: NewcomerMessage): void {
  if (message.type === 'hello') {
    checkLength(message.invitation, tokenLengths.invitation)
    return checkLength(message.publicKey, keyLength)
  }
  checkLength(message.proof, proofLength)
  checkLength(message.signature, signatureLength)
}

function checkLength(field: Uint8Array, length: number): void {
  if (field.length !== length) throw malformedJoin(`a field has ${field.length} bytes instead of ${length}`)
}
