import { parseNodeId, type NodeId } from '@flotilla/core/ids'
import { recordCodec, type MemberRecord } from '../record.ts'
import type { Vouching } from '../vouching.ts'

/** Where trusting vouchings keep what they signed, so that nobody has to read it again. */
export type KnownRecords = WeakMap<Uint8Array, MemberRecord>

const signature = new Uint8Array(64)
/** About what a certificate takes. */
const proofBytes = 420

/** Believes everything: for worlds whose members are honest and whose number makes signatures too dear. */
export function trustingVouching(self: NodeId, known: KnownRecords): Vouching {
  const codec = recordCodec(1_024)
  const proof = proofOf(self)
  return {
    signRecord(said) {
      const record = { ...said, proofHash: proof.subarray(0, 8) }
      const body = codec.encode(record).slice()
      known.set(body, record)
      return { record, signed: { body, signature, proof } }
    },
    readRecord({ body }) {
      const record = known.get(body) ?? codec.decode(body)
      known.set(body, record)
      return record
    },
    prove(shown) {
      const id = parseNodeId(new TextDecoder().decode(shown.subarray(0, self.length)))
      return { id, publicKey: shown, name: id, role: 'node' }
    },
    isProofOf: () => true,
    isRecordOf: () => true,
    signClaim: (claim) => ({ ...claim, signature }),
    isClaimOf: () => true,
  }
}

function proofOf(id: NodeId): Uint8Array {
  const proof = new Uint8Array(proofBytes)
  proof.set(new TextEncoder().encode(id))
  return proof
}
