import { publicKeyLength, type Crypto, type CryptoErrorCode } from '../crypto/index.ts'
import { FlotillaError } from '../errors/index.ts'
import { neverInBech32m, readBech32m, wordsOf, writeBech32m } from './bech32m.ts'

/** A node's name for machines, such as `fl1` and 38 more characters; always in lower case. */
export type NodeId = string & { readonly brand: 'NodeId' }

/** `fl1`, 32 characters for 20 bytes of hash, 6 of checksum. */
export const nodeIdLength = 41

export type NodeIdErrorCode = 'wrong-node-id'

const prefix = 'fl'
const hashedBytes = 20
/** Hashed before the key, so that no other hash of a key is ever a node id. */
const domain = 'flotilla node id v1\0'
/** How much of a wrong id an error repeats. */
const shownLengthMax = 64

/** The id that belongs to an Ed25519 public key; throws `wrong-length` unless that has 32 bytes. */
export function nodeIdFromPublicKey(crypto: Crypto, publicKey: Uint8Array): NodeId {
  if (publicKey.length !== publicKeyLength) {
    throw new FlotillaError<CryptoErrorCode>('wrong-length', `the public key has ${publicKey.length} bytes`, {
      hint: `it must have ${publicKeyLength}`,
    })
  }
  const hashed = crypto.sha256(new Uint8Array([...new TextEncoder().encode(domain), ...publicKey]))
  return writeBech32m({ prefix, words: wordsOf(hashed.subarray(0, hashedBytes)) }) as NodeId
}

/**
 * The id that a person typed or a peer sent, in lower case, or `wrong-node-id` with a sentence that says what is wrong
 * with it. That it is well formed does not mean that there is such a node.
 */
export function parseNodeId(text: string): NodeId {
  const id = text.toLowerCase()
  if (text.length === nodeIdLength && readBech32m(text)?.prefix === prefix) return id as NodeId
  const shown = JSON.stringify(text.slice(0, shownLengthMax))
  throw new FlotillaError<NodeIdErrorCode>('wrong-node-id', `${shown} is not a node id: ${whatIsWrong(text)}`, {
    hint: `copy the whole id again; it is "fl1" and ${nodeIdLength - 3} more characters`,
  })
}

/** The first thing that a reader of the text would want to hear. */
function whatIsWrong(text: string): string {
  if (!/^fl1/i.test(text)) return 'it does not begin with "fl1"'
  if (text.length !== nodeIdLength) return `it has ${text.length} characters instead of ${nodeIdLength}`
  const place = text.slice(3).search(neverInBech32m)
  if (place !== -1) return `character ${place + 4}, ${JSON.stringify(text.charAt(place + 3))}, never occurs in one`
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return 'it mixes upper and lower case'
  return 'its checksum does not match, so one or more characters are mistyped'
}
