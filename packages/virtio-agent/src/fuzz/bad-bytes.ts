import type { Prng } from '@flotilla/core/random'

const newline = 0x0a
const fragments = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  "'",
  '\\',
  '\\u',
  '\\ud800',
  '\n',
  '\r\n',
  '\u0000',
  'null',
  'true',
  'guest',
  '-',
  '1e999',
  '9223372036854775808',
  '0.1',
  '{"execute":',
  '"arguments":{',
  '"__proto__":',
  '=1.AAAA',
  '[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[',
]

/** Makes bad input out of good input: cut, torn, spliced, repeated, with bits flipped and fragments put in. */
export class BadBytes {
  readonly #prng: Prng
  readonly #good: readonly Uint8Array[]

  constructor(prng: Prng, good: readonly string[]) {
    this.#prng = prng
    this.#good = good.map((text) => new TextEncoder().encode(text))
  }

  /** At most a few hundred bytes. */
  next(): Uint8Array {
    const prng = this.#prng
    const drawn = prng.below(16)
    if (drawn === 0) return prng.bytes(prng.below(64))
    if (drawn === 1) return this.#fragments()
    const bytes = prng.pick(this.#good)
    if (drawn >= 14) return joined(Uint8Array.of(newline), bytes)
    if (drawn >= 12) return joined(Uint8Array.of(newline), this.#renumbered(bytes))
    if (drawn === 2) return bytes.slice(0, prng.below(bytes.length + 1))
    if (drawn === 3) return joined(bytes.slice(0, prng.below(bytes.length)), prng.pick(this.#good))
    if (drawn === 4) return this.#inserted(bytes, Uint8Array.of(0xff))
    if (drawn < 7) return this.#inserted(bytes, this.#fragments())
    if (drawn < 9) return this.#without(bytes)
    return this.#flipped(bytes)
  }

  /** Still good as a line, but another one. */
  #renumbered(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice()
    for (const [at, byte] of changed.entries()) {
      if (byte >= 0x31 && byte <= 0x39 && this.#prng.chance(1, 4)) changed[at] = 0x31 + this.#prng.below(9)
    }
    return changed
  }

  #fragments(): Uint8Array {
    const count = this.#prng.between(1, 5)
    let text = ''
    for (let index = 0; index < count; index++) text += this.#prng.pick(fragments)
    return new TextEncoder().encode(text)
  }

  #inserted(bytes: Uint8Array, piece: Uint8Array): Uint8Array {
    const at = this.#prng.below(bytes.length + 1)
    return joined(joined(bytes.subarray(0, at), piece), bytes.subarray(at))
  }

  #without(bytes: Uint8Array): Uint8Array {
    const from = this.#prng.below(bytes.length)
    return joined(bytes.subarray(0, from), bytes.subarray(from + this.#prng.between(1, 10)))
  }

  #flipped(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice()
    const count = this.#prng.between(1, 4)
    for (let index = 0; index < count; index++) {
      const at = this.#prng.below(changed.length)
      changed[at] = (changed[at] ?? 0) ^ (1 << this.#prng.below(8))
    }
    return changed
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}
