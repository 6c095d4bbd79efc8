import type { Crypto } from '../crypto/index.ts'
import { hashInKeyId, keyIdLength, keyIdOf, parseKeyId, type KeyIdForm } from './key-id.ts'

/** A node's name for machines, such as `fl1` and 38 more characters; always in lower case. */
export type NodeId = string & { readonly brand: 'NodeId' }

export const nodeIdLength: number = keyIdLength

export type NodeIdErrorCode = 'wrong-node-id'

const form: KeyIdForm = {
  prefix: 'fl',
  domain: 'flotilla node id v1\0',
  what: 'node id',
  code: 'wrong-node-id' satisfies NodeIdErrorCode,
}

/** The id that belongs to an Ed25519 public key; throws `wrong-length` unless that has 32 bytes. */
export function nodeIdFromPublicKey(crypto: Crypto, publicKey: Uint8Array): NodeId {
  return keyIdOf(form, crypto, publicKey) as NodeId
}

/**
 * The id that a person typed or a peer sent, in lower case, or `wrong-node-id` with a sentence that says what is wrong
 * with it. That it is well formed does not mean that there is such a node.
 */
export function parseNodeId(text: string): NodeId {
  return parseKeyId(form, text) as NodeId
}

/** The 20 bytes of hash that the id spells. */
export function hashInNodeId(id: NodeId): Uint8Array {
  return hashInKeyId(form, id)
}
