import { hash } from 'node:crypto'
import type { NameHash } from './identity.ts'

const digestBytes = 32

/**
 * SHA-256 by way of a text, which takes 0.35 µs where the library's bytes take 0.9, as memory outside the heap is
 * spared. The text stays in the heap until it is collected, so this is for names, and not for keys.
 */
export function nodeNameHash(): NameHash {
  return {
    sha256(bytes) {
      const text = hash('sha256', bytes, 'binary')
      const digest = new Uint8Array(digestBytes)
      for (let at = 0; at < digestBytes; at++) digest[at] = text.charCodeAt(at)
      return digest
    },
  }
}
