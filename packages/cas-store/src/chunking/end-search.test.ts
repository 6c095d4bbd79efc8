import { nodeCrypto } from '@flotilla/core/crypto/node'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { gearTable, type Gear } from './gear.ts'
import { nodeQuickSearch } from './node-quick-search.ts'
import { quickStepBytes } from './quick-search.ts'

const gearOf = (quickFromBytes: number): Gear =>
  gearTable(nodeCrypto(), new Uint8Array(32).fill(3), { makeQuick: nodeQuickSearch, quickFromBytes })

/** One byte after the other, in numbers that do not end. */
function dumbFirst(bytes: Uint8Array, from: number, to: number, hashAtFrom: number, below: number, gear: Gear): number {
  let hash = BigInt(hashAtFrom)
  for (let at = from; at < to; at++) {
    hash = BigInt.asIntN(32, hash * 2n + BigInt(gear.words[bytes[at] ?? 0] ?? 0))
    if (hash < below) return at + 1
  }
  return -1
}

const content = new Prng(1).bytes(120_000)
const shared = new Uint8Array(new SharedArrayBuffer(content.length))
shared.set(content)

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the search for ends', () => {
  const [plain, quick] = [gearOf(Infinity), gearOf(0)]

  test('finds what its dumb twin finds, plainly and quickly, wherever it begins and ends', () => {
    fc.assert(
      fc.property(
        fc.nat(content.length),
        fc.oneof(fc.nat(40), fc.nat(2_000), fc.nat(content.length)),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
        fc.integer({ min: 0, max: 31 }),
        fc.boolean(),
        (from, length, hash, bits, isShared) => {
          const bytes = isShared ? shared : content
          const to = Math.min(content.length, from + length)
          // From hardly ever to every other byte; and never.
          const below = bits === 31 ? -(2 ** 31) : -(2 ** 31) + 2 ** bits
          const expected = dumbFirst(bytes, from, to, hash, below, plain)
          expect(plain.search.first(bytes, from, to, hash, below)).toBe(expected)
          expect(quick.search.first(bytes, from, to, hash, below)).toBe(expected)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('finds an end at each place of a step and of a block, quickly too', () => {
    const most = nodeQuickSearch(plain.words)?.bytesMax ?? 0
    expect(most).toBeGreaterThan(0)
    expect(most % quickStepBytes).toBe(0)
    // The lowest hash at which something ends, at the last byte of what is searched.
    for (let length = 1; length < 3 * quickStepBytes; length++) {
      for (const bytes of [content.subarray(0, length), content.subarray(0, most + length)]) {
        const hash = plain.search.rolled(bytes, 0, bytes.length, 0)
        const before = dumbFirst(bytes, 0, bytes.length, 0, hash + 1, plain)
        expect(quick.search.first(bytes, 0, bytes.length, 0, hash + 1)).toBe(before)
        expect(quick.search.first(bytes, 0, bytes.length, 0, -(2 ** 31))).toBe(-1)
      }
    }
  })

  test('finds the same where there is no WebAssembly, or no memory for it', () => {
    const below = -(2 ** 31) + 2 ** 18
    const expected = dumbFirst(content, 0, content.length, 0, below, plain)
    expect(expected).toBeGreaterThan(-1)
    const refusing = function (): never {
      throw new RangeError('could not allocate memory')
    }
    for (const engine of [undefined, { ...engineHere(), Memory: refusing }]) {
      vi.stubGlobal('WebAssembly', engine)
      expect(nodeQuickSearch(plain.words)).toBeUndefined()
      expect(gearOf(0).search.first(content, 0, content.length, 0, below)).toBe(expected)
    }
  })

  test('is plain until it has searched enough, and then asks for the quick one once', () => {
    let asked = 0
    const makeQuick = (): undefined => void asked++
    const { search } = gearTable(nodeCrypto(), new Uint8Array(32), { makeQuick, quickFromBytes: 100_000 })
    search.first(content, 0, 60_000, 0, -(2 ** 31))
    expect(asked).toBe(0)
    for (let round = 0; round < 4; round++) search.first(content, 0, 60_000, 0, -(2 ** 31))
    expect(asked).toBe(1)
  })
})

function engineHere(): object {
  return (globalThis as unknown as { readonly WebAssembly: object }).WebAssembly
}
