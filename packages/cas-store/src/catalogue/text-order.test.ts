import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { behindPrefix, orderedBytes, orderedText } from './text-order.ts'

/** Any sequence of code units, halves of pairs among them. */
const text = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x61, 0xd83d, 0xde00, 0xffff, 0xe000, 0x7ff)))
  .map((units) => String.fromCharCode(...units))

function order(one: Uint8Array, other: Uint8Array): number {
  return Math.sign(Buffer.compare(one, other))
}

test('bytes give their text back', () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(orderedText(orderedBytes(each))).toBe(each)
    }),
  )
})

test('bytes sort as their texts do', () => {
  const property = fc.property(text, text, (one, other) => {
    expect(order(orderedBytes(one), orderedBytes(other))).toBe(one === other ? 0 : one < other ? -1 : 1)
  })
  fc.assert(property)
})

test('what is between a prefix and what is behind it begins with it, and nothing else', () => {
  const property = fc.property(text, text, fc.boolean(), (prefix, rest, isBelow) => {
    const other = orderedBytes(isBelow ? prefix + rest : rest)
    const first = orderedBytes(prefix)
    const behind = behindPrefix(first)
    const isBetween = order(other, first) >= 0 && (behind === undefined || order(other, behind) < 0)
    expect(isBetween).toBe((isBelow ? prefix + rest : rest).startsWith(prefix))
  })
  fc.assert(property)
})

test('nothing is behind bytes that are all 0xff', () => {
  expect(behindPrefix(Uint8Array.of(0xff, 0xff))).toBeUndefined()
  expect(behindPrefix(Uint8Array.of(1, 0xff))).toEqual(Uint8Array.of(2))
})
