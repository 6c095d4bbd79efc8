import * as fc from 'fast-check'
import { Packr, Unpackr } from 'msgpackr'
import { expect, test } from 'vitest'
import { ProtocolError } from '../errors/index.ts'
import { Prng } from '../random/index.ts'
import { createCodec } from './codec.ts'
import { parseColour, sampleSchema, type Sample } from './sample-message.ts'

const codec = createCodec({ name: 'sample', schema: sampleSchema })

const text = (bytesMax: number) =>
  fc
    .string({ unit: 'grapheme', maxLength: bytesMax })
    .filter((drawn) => new TextEncoder().encode(drawn).length <= bytesMax)
const whole = fc.oneof(fc.nat(300), fc.nat(), fc.maxSafeNat())
const term = whole as fc.Arbitrary<(Sample & { type: 'append' })['term']>

const sample: fc.Arbitrary<Sample> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    colour: fc.stringMatching(/^[a-z]{1,16}$/).map(parseColour),
    mode: fc.constantFrom('shared' as const, 'exclusive' as const),
    load: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
    labels: fc.array(fc.tuple(text(32), text(1_000)), { maxLength: 40 }).map((entries) => new Map(entries)),
    offset: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer(), fc.maxSafeInteger()),
  }),
  fc.record(
    {
      type: fc.constant('append' as const),
      term,
      isLast: fc.boolean(),
      previous: fc.record({ index: whole, term }),
      entries: fc.array(
        fc.record(
          { index: whole, payload: fc.uint8Array({ maxLength: 300 }), note: text(300) },
          { requiredKeys: ['index', 'payload'] },
        ),
        { maxLength: 40 },
      ),
    },
    { requiredKeys: ['type', 'term', 'isLast', 'entries'] },
  ),
  fc.record({ type: fc.constant('bye' as const), reason: text(300), code: whole }, { requiredKeys: ['type', 'code'] }),
)

test('what is encoded decodes to the same, and is encoded to the same bytes again', () => {
  fc.assert(
    fc.property(sample, (message) => {
      const encoded = codec.encode(message)
      const decoded = codec.decode(encoded)
      expect(decoded).toEqual(message)
      expect(codec.encode(decoded)).toEqual(encoded)
    }),
    { numRuns: 2_000 },
  )
})

test('it is the msgpack that msgpackr reads, and writes where it is told the order of fields', () => {
  const packr = new Packr({ useRecords: false, variableMapSize: true })
  const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, int64AsType: 'number' })
  let written = 0
  fc.assert(
    fc.property(sample, (message) => {
      const encoded = codec.encode(message)
      expect(unpackr.unpack(encoded.slice())).toEqual(asMaps(message))
      // It writes whole numbers from 2^32 on as floats, and whole floats as whole numbers.
      if (holdsOddNumber(message)) return
      written++
      expect(new Uint8Array(packr.pack(asMaps(message)))).toEqual(encoded)
    }),
    { numRuns: 2_000 },
  )
  expect(written).toBeGreaterThan(200)
})

/** Objects as maps in the order in which their fields travel. */
function asMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asMaps)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || value instanceof Map) return value
  const rank = (name: string): string => (name === 'type' ? '' : name)
  const entries = Object.entries(value).toSorted(([left], [right]) => (rank(left) < rank(right) ? -1 : 1))
  return new Map(entries.map(([name, each]) => [name, asMaps(each)]))
}

function holdsOddNumber(value: unknown): boolean {
  if (typeof value === 'number') return Object.is(value, -0) || Math.abs(value) >= 2 ** 31
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return false
  if ('load' in value && Number.isInteger(value.load)) return true
  return Object.values(value).some(holdsOddNumber)
}

const rounds = 100_000
const refusals = /^sample: \$[ -~]{1,400}$/

interface Outcome {
  accepted: number
  readonly refused: Record<string, number>
}

/** Decodes what is drawn; anything but a message or a `ProtocolError` fails the test. */
function decodeAll(draw: () => Uint8Array): Outcome {
  const outcome: Outcome = { accepted: 0, refused: {} }
  for (let round = 0; round < rounds; round++) {
    const input = draw()
    try {
      expectSameAgain(codec.decode(input), input)
      outcome.accepted++
    } catch (error) {
      if (!(error instanceof ProtocolError) || !refusals.test(error.message)) {
        throw new Error(`round ${round} of seed 1, input ${input.toHex()}`, { cause: error })
      }
      const code = String(error.code)
      outcome.refused[code] = (outcome.refused[code] ?? 0) + 1
    }
  }
  return outcome
}

/** One message has one encoding, except where fields were skipped. */
function expectSameAgain(message: Sample, input: Uint8Array): void {
  const encoded = codec.encode(message)
  const isSame = encoded.length === input.length && encoded.every((byte, index) => byte === input[index])
  if (!isSame && message.type !== 'bye') throw new Error('it decodes, but is encoded to other bytes')
}

test(`of ${rounds} random inputs, none does harm`, () => {
  const prng = new Prng(1)
  const { accepted, refused } = decodeAll(() => {
    const drawn = prng.bytes(prng.below(48))
    // Half of them go deeper than the first byte: they begin as a message does.
    const begun = prng.chance(1, 2) ? Uint8Array.of(0x82 + prng.below(5), ...beginning(prng)) : new Uint8Array(0)
    return joined(begun, drawn)
  })
  expect(accepted).toBeLessThan(rounds / 10)
  expect(Object.keys(refused).toSorted()).toEqual(['malformed', 'too-large', 'unknown-type', 'wrong-shape'])
})

function beginning(prng: Prng): Uint8Array {
  const type = prng.pick(['\xa5hello', '\xa6append', '\xa3bye', '\xa3'])
  const field = prng.pick(['\xa6colour', '\xa7entries', '\xa4code', '\xa6reason', '\xa5later', ''])
  return Uint8Array.from(`\xa4type${type}${field}`, (unit) => unit.charCodeAt(0))
}

test(`of ${rounds} messages with changed bytes, none does harm`, () => {
  const messages = fc.sample(sample, { seed: 1, numRuns: 300 }).map((message) => codec.encode(message))
  const prng = new Prng(1)
  const { accepted, refused } = decodeAll(() => {
    let input = prng.pick(messages)
    for (let changes = prng.between(1, 3); changes > 0; changes--) input = changed(prng, input, prng.pick(messages))
    return input
  })
  expect(accepted).toBeGreaterThan(rounds / 100)
  expect(Object.keys(refused).toSorted()).toEqual(['malformed', 'too-large', 'unknown-type', 'wrong-shape'])
})

/** Heads of every kind, which do more harm than any other byte. */
const heads = [0x80, 0x90, 0xa0, ...Array.from({ length: 32 }, (_, index) => 0xc0 + index)]

function changed(prng: Prng, bytes: Uint8Array, other: Uint8Array): Uint8Array {
  const at = prng.below(bytes.length + 1)
  const length = prng.below(8)
  const before = bytes.subarray(0, at)
  switch (prng.below(6)) {
    case 0: // Another byte.
      return joined(before, prng.bytes(1), bytes.subarray(at + 1))
    case 1: // Another head.
      return joined(before, Uint8Array.of(prng.pick(heads)), bytes.subarray(at + 1))
    case 2: // Cut out, or off.
      return joined(before, bytes.subarray(prng.chance(1, 2) ? bytes.length : at + length))
    case 3: // Put in.
      return joined(before, prng.bytes(length), bytes.subarray(at))
    case 4: // Repeated.
      return joined(bytes.subarray(0, at + length), bytes.subarray(at))
    default: // Goes on as another message.
      return joined(before, other.subarray(prng.below(other.length + 1)))
  }
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const together = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    together.set(part, at)
    at += part.length
  }
  return together
}
