import type { Crypto } from '../crypto/index.ts'
import { hashInKeyId, keyIdLength, keyIdOf, parseKeyId, type KeyIdForm } from './key-id.ts'

/** A cluster's name for machines: the hash of its authority's public key, `fc1` and 38 more characters. */
export type ClusterId = string & { readonly brand: 'ClusterId' }

export const clusterIdLength: number = keyIdLength

export type ClusterIdErrorCode = 'wrong-cluster-id'

const form: KeyIdForm = {
  prefix: 'fc',
  domain: 'flotilla cluster id v1\0',
  what: 'cluster id',
  code: 'wrong-cluster-id' satisfies ClusterIdErrorCode,
}

/** The id of the cluster whose authority has this Ed25519 public key; throws `wrong-length` unless it has 32 bytes. */
export function clusterIdFromPublicKey(crypto: Crypto, publicKey: Uint8Array): ClusterId {
  return keyIdOf(form, crypto, publicKey) as ClusterId
}

/** The id in lower case, or `wrong-cluster-id` with a sentence that says what is wrong with it. */
export function parseClusterId(text: string): ClusterId {
  return parseKeyId(form, text) as ClusterId
}

/** The 20 bytes of hash that the id spells. */
export function hashInClusterId(id: ClusterId): Uint8Array {
  return hashInKeyId(form, id)
}
