import { assert } from '../errors/index.ts'

/** Any integer; only its low 32 bits count. */
export type Seed = number

/**
 * A seeded generator of integers (xoshiro128**, seeded by splitmix32): the same seed draws the same numbers on every
 * machine. Not for secrets. `split` makes an independent child from a label, so that one consumer's draws never shift
 * another's.
 */
export class Prng {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: Seed) {
    const next = splitmix32(seed)
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next() | 1 // xoshiro stays at zero for ever if all four words are zero.
  }

  /** 0 to 2^32 - 1, each as likely. */
  u32(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotateLeft(this.#d, 11)
    return result
  }

  /** 0 to `count - 1`, each as likely: draws that would favour the low numbers are drawn again. */
  below(count: number): number {
    assert(Number.isInteger(count) && count >= 1 && count <= 2 ** 32, 'below() takes an integer from 1 to 2^32')
    const fair = 2 ** 32 - (2 ** 32 % count)
    let drawn = this.u32()
    while (drawn >= fair) drawn = this.u32()
    return drawn % count
  }

  /** An integer from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  /** True in `times` of `outOf` draws. */
  chance(times: number, outOf: number): boolean {
    return this.below(outOf) < times
  }

  pick<Item>(items: readonly Item[]): Item {
    assert(items.length > 0, 'pick() needs at least one item')
    return items[this.below(items.length)] as Item
  }

  /** A new array with the same items in drawn order (Fisher-Yates). */
  shuffled<Item>(items: readonly Item[]): Item[] {
    const drawn = [...items]
    for (let last = drawn.length - 1; last > 0; last--) {
      const chosen = this.below(last + 1)
      const moved = drawn[last] as Item
      drawn[last] = drawn[chosen] as Item
      drawn[chosen] = moved
    }
    return drawn
  }

  bytes(length: number): Uint8Array {
    const drawn = new Uint8Array(length)
    for (let index = 0; index < length; index++) drawn[index] = this.u32() >>> 24
    return drawn
  }

  /** An independent generator, fixed by this one's state and the label; this one moves on by one draw. */
  split(label: string): Prng {
    let mixed = this.u32()
    for (let index = 0; index < label.length; index++) {
      mixed = Math.imul(mixed ^ label.charCodeAt(index), 0x01000193) // FNV-1a over the label.
    }
    return new Prng(mixed)
  }
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits))
}

function splitmix32(seed: Seed): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    return mixed ^ (mixed >>> 16)
  }
}
