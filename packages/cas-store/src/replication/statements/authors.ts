import type { Crypto } from '@flotilla/core/crypto'
import { nodeIdFromPublicKey, type NodeId } from '@flotilla/core/ids'
import { Lru } from '@flotilla/core/machines'

/** As many as are ever members at one time, and more. */
const authorsMax = 1_024

/** Whose public key that is: most statements are of the same few authors, and the hash is dear. */
export class Authors {
  readonly #crypto: Crypto
  readonly #known: Lru<string, NodeId>

  constructor(crypto: Crypto) {
    this.#crypto = crypto
    this.#known = new Lru({ entriesMax: authorsMax })
  }

  of(publicKey: Uint8Array): NodeId {
    const key = String.fromCharCode(...publicKey)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const id = nodeIdFromPublicKey(this.#crypto, publicKey)
    this.#known.set(key, id)
    return id
  }
}
