import type { Prng } from '@flotilla/core/random'

/** Of each content; the largest has lists in several places. */
const sizes = [0, 90, 400, 1_500, 3_000, 3_100, 8_000]
const large = 40_000

/** Of the seed's blobs. Some are alike but for one byte, so that they share chunks and lists; no two are equal. */
export function contentsOf(random: Prng, count: number): readonly Uint8Array[] {
  const contents: Uint8Array[] = []
  for (let index = 0; index < count; index++) {
    const twin = index % 2 === 1 && random.chance(1, 2) ? contents[index - 1] : undefined
    const size = index === 0 && random.chance(1, 10) ? large : random.pick(sizes)
    const drawn = twin === undefined ? random.bytes(size) : changed(twin, random)
    contents.push(contents.some((known) => isSame(known, drawn)) ? random.bytes(200 + index) : drawn)
  }
  return contents
}

function changed(twin: Uint8Array, random: Prng): Uint8Array {
  const bytes = twin.slice()
  const at = random.below(bytes.length + 1)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
