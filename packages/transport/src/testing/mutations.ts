import type { Prng } from '@flotilla/core/random'

/** Bytes that were something once: changed here and there, cut, doubled, mixed with others, or drawn altogether. */
export function mutated(prng: Prng, corpus: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(prng.pick(corpus))
  switch (prng.below(8)) {
    case 0:
      return prng.bytes(prng.below(200))
    case 1:
      return bytes.slice(0, prng.below(bytes.byteLength + 1))
    case 2:
      return spliced(bytes, prng.pick(corpus), prng)
    case 3:
      return spliced(bytes, prng.bytes(prng.below(20)), prng)
    default:
      for (let changes = prng.between(1, 4); changes > 0; changes--) changeOne(bytes, prng)
      return bytes
  }
}

function spliced(bytes: Uint8Array, others: Uint8Array, prng: Prng): Uint8Array {
  const head = bytes.subarray(0, prng.below(bytes.byteLength + 1))
  const tail = others.subarray(prng.below(others.byteLength + 1))
  const both = new Uint8Array(head.byteLength + tail.byteLength)
  both.set(head)
  both.set(tail, head.byteLength)
  return both
}

/** Any byte to any value, but often one of the first, where lengths are, and often to an extreme. */
function changeOne(bytes: Uint8Array, prng: Prng): void {
  if (bytes.byteLength === 0) return
  const at = prng.below(prng.chance(1, 2) ? Math.min(16, bytes.byteLength) : bytes.byteLength)
  const value = bytes[at] as number
  bytes[at] = prng.pick([0, 1, 0x7f, 0x80, 0xff, value ^ (1 << prng.below(8)), value + 1, prng.below(256)])
}
