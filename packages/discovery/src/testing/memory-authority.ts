import { bytes, createCodec, object, string } from '@flotilla/core/codec'
import { publicKeyLength, signatureLength, type Crypto } from '@flotilla/core/crypto'
import { ProtocolError } from '@flotilla/core/errors'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import type { Credentials, ProvenMember } from '../ports.ts'

const statement = createCodec({
  name: 'statement',
  schema: object({
    cluster: string({ bytesMax: 64 }),
    name: string({ bytesMax: 64 }),
    role: string({ bytesMax: 32 }),
    publicKey: bytes({ bytesMax: publicKeyLength }),
  }),
})
const proofCodec = createCodec({
  name: 'proof',
  schema: object({ statement: bytes({ bytesMax: 512 }), signature: bytes({ bytesMax: signatureLength }) }),
})

/** Lets members in, for tests: the same cluster and name give the same keys on every run. */
export interface MemoryAuthority {
  readonly cluster: string
  admit(name: string, role?: string): Credentials
  revoke(id: NodeId): void
}

/** An authority as simple as can be: a member's proof is its name, role and public key, signed by the authority. */
export function memoryAuthority(options: { readonly crypto: Crypto; readonly cluster: string }): MemoryAuthority {
  const { crypto, cluster } = options
  const secretOf = (of: string): Uint8Array => crypto.sha256(new TextEncoder().encode(`${cluster}/${of}`))
  const authoritySecret = secretOf('')
  const authorityKey = crypto.ed25519.publicKey(authoritySecret)
  const revoked = new Set<NodeId>()
  const right = new Map<string, ProvenMember>()

  const verified = (proof: Uint8Array): ProvenMember => {
    const { statement: stated, signature } = proofCodec.decode(proof)
    const { publicKey, ...said } = statement.decode(stated)
    if (said.cluster !== cluster || !crypto.ed25519.verify(authorityKey, stated, signature)) {
      throw new ProtocolError('foreign', 'the proof is not of this cluster')
    }
    return { id: nodeIdFromPublicKey(crypto, publicKey), publicKey, name: said.name, role: said.role }
  }
  const check = (proof: Uint8Array): ProvenMember => {
    const key = String.fromCharCode(...proof)
    const member = right.get(key) ?? verified(proof)
    right.set(key, member)
    if (revoked.has(member.id)) throw new ProtocolError('revoked', `${member.id} was revoked`)
    return member
  }
  return {
    cluster,
    revoke: (id) => void revoked.add(id),
    admit(name, role = 'node') {
      const secretKey = secretOf(name)
      const publicKey = crypto.ed25519.publicKey(secretKey)
      const stated = statement.encode({ cluster, name, role, publicKey })
      const signature = crypto.ed25519.sign(authoritySecret, stated)
      const proof = proofCodec.encode({ statement: stated, signature })
      return {
        self: nodeIdFromPublicKey(crypto, publicKey),
        cluster,
        proof: () => proof,
        sign: (signed) => crypto.ed25519.sign(secretKey, signed),
        check,
      }
    },
  }
}
