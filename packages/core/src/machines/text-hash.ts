/**
 * A 32-bit hash of a text's UTF-16 code units, the same on every machine. Fast and even, but not for adversaries:
 * whoever may choose the texts can make as many collide as they like.
 */
export function textHash(text: string): number {
  let hash = text.length
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x5bd1e995)
    hash ^= hash >>> 15
  }
  return mixBits(hash)
}

/** Spreads every bit of a 32-bit word over all of them (the finalizer of MurmurHash3); distinct words stay distinct. */
export function mixBits(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
