import type { Prng } from '@flotilla/core/random'

/** Content with random parts, parts that came before, and long runs of one byte. */
export function sampleContent(prng: Prng, length: number): Uint8Array {
  const content = new Uint8Array(length)
  let at = 0
  while (at < length) {
    const count = Math.min(length - at, prng.between(1, Math.max(1, length >>> 2)))
    const kind = prng.below(4)
    if (kind === 0) content.fill(prng.below(256), at, at + count)
    else if (kind === 1 && at > 0) content.copyWithin(at, prng.below(at), at)
    else content.set(prng.bytes(count), at)
    at += count
  }
  return content
}

/** The same bytes in pieces of drawn lengths, some of them empty. */
export function* drawnPieces(prng: Prng, content: Uint8Array, bytesMax: number): Generator<Uint8Array> {
  let at = 0
  while (at < content.length) {
    const count = prng.chance(1, 8) ? 0 : prng.between(1, bytesMax)
    yield content.slice(at, at + count)
    at += count
  }
}
