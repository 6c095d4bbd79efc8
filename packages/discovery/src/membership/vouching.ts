import { signatureLength, type Crypto } from '@flotilla/core/crypto'
import type { Codec } from '@flotilla/core/codec'
import type { Credentials, ProvenMember } from '../ports.ts'
import {
  claimCodec,
  proofHashBytes,
  recordCodec,
  type Claim,
  type MemberRecord,
  type SignedClaim,
  type SignedRecord,
} from './record.ts'

/** A record before its proof is named. */
export type OwnSaying = Omit<MemberRecord, 'proofHash'>

/** Who said what: the signatures of records and claims. */
export interface Vouching {
  /** Ours, with our proof as it is now. */
  signRecord(said: OwnSaying): { readonly record: MemberRecord; readonly signed: SignedRecord }
  /** What a record says, whoever made it. Throws a `ProtocolError` if it is none. */
  readRecord(signed: SignedRecord): MemberRecord
  /** Whose proof it is. Throws a `ProtocolError` if it is none of a member. */
  prove(proof: Uint8Array): ProvenMember
  /** Whether this is the proof that goes with the record. */
  isProofOf(record: MemberRecord, proof: Uint8Array): boolean
  isRecordOf(publicKey: Uint8Array, signed: SignedRecord): boolean
  signClaim(claim: Claim): SignedClaim
  isClaimOf(publicKey: Uint8Array, claim: SignedClaim): boolean
}

const recordDomain = new TextEncoder().encode('flotilla member record v1\0')
const claimDomain = new TextEncoder().encode('flotilla member claim v1\0')

export function signatureVouching(options: {
  readonly credentials: Credentials
  readonly crypto: Crypto
  readonly metadataBytesMax: number
}): Vouching {
  const { credentials, crypto } = options
  const codec: Codec<MemberRecord> = recordCodec(options.metadataBytesMax)
  const verify = (publicKey: Uint8Array, signed: Uint8Array, signature: Uint8Array): boolean =>
    signature.length === signatureLength && crypto.ed25519.verify(publicKey, signed, signature)
  const hashOf = (proof: Uint8Array): Uint8Array => crypto.sha256(proof).slice(0, proofHashBytes)
  return {
    signRecord(said) {
      const proof = credentials.proof()
      const record = { ...said, proofHash: hashOf(proof) }
      const body = codec.encode(record)
      return { record, signed: { body, signature: credentials.sign(joined(recordDomain, body)), proof } }
    },
    readRecord: (signed) => codec.decode(signed.body),
    prove: (proof) => credentials.check(proof),
    isProofOf: (record, proof) => isSameBytes(record.proofHash, hashOf(proof)),
    isRecordOf: (publicKey, { body, signature }) => verify(publicKey, joined(recordDomain, body), signature),
    signClaim: (claim) => ({ ...claim, signature: credentials.sign(joined(claimDomain, claimCodec.encode(claim))) }),
    isClaimOf: (publicKey, claim) => verify(publicKey, joined(claimDomain, claimCodec.encode(claim)), claim.signature),
  }
}

/** A text that says what is signed comes first, so that no signature for one purpose is one for another. */
export function joined(domain: Uint8Array, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(domain.length + body.length)
  bytes.set(domain)
  bytes.set(body, domain.length)
  return bytes
}

export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
