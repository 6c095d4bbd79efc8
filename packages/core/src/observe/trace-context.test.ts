import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Prng, type Entropy } from '../random/index.ts'
import { childSpan, formatTraceparent, newTrace, parseTraceparent, traceFlags } from './trace-context.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

const seeded = (seed: number): Entropy => {
  const prng = new Prng(seed)
  return { bytes: (length) => prng.bytes(length) }
}

describe('a traceparent', () => {
  test.each([
    ['sampled', `00-${traceId}-${spanId}-01`, 1],
    ['not sampled', `00-${traceId}-${spanId}-00`, 0],
    ['with a random id (Level 2)', `00-${traceId}-${spanId}-03`, 3],
    ['with flags that are reserved, which do not count', `00-${traceId}-${spanId}-fd`, 1],
    ['of a later version', `cc-${traceId}-${spanId}-01`, 1],
    ['of a later version that says more', `cc-${traceId}-${spanId}-01-what-the-future-brings`, 1],
    ['of a later version that says nothing more', `fe-${traceId}-${spanId}-01-`, 1],
  ])('%s is understood', (_, text, flags) => {
    expect(parseTraceparent(text)).toEqual({ traceId, spanId, traceFlags: flags })
  })

  test.each([
    ['version ff', `ff-${traceId}-${spanId}-01`],
    ['a version that is no number', `0x-${traceId}-${spanId}-01`],
    ['an upper-case version', `0A-${traceId}-${spanId}-01`],
    ['a trace id of zeros', `00-${'0'.repeat(32)}-${spanId}-01`],
    ['a span id of zeros', `00-${traceId}-${'0'.repeat(16)}-01`],
    ['zeros in a later version', `cc-${'0'.repeat(32)}-${spanId}-01`],
    ['an upper-case trace id', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['an upper-case span id', `00-${traceId}-${spanId.toUpperCase()}-01`],
    ['upper-case flags', `00-${traceId}-${spanId}-0A`],
    ['a trace id that is too short', `00-${traceId.slice(1)}-${spanId}-01`],
    ['a trace id that is too long', `00-0${traceId}-${spanId}-01`],
    ['a span id that is too short', `00-${traceId}-${spanId.slice(1)}-01`],
    ['no flags', `00-${traceId}-${spanId}`],
    ['flags that are too short', `00-${traceId}-${spanId}-1`],
    ['flags that are too long', `00-${traceId}-${spanId}-001`],
    ['more than version 00 has', `00-${traceId}-${spanId}-01-more`],
    ['a dash at the end of version 00', `00-${traceId}-${spanId}-01-`],
    ['more without a dash', `cc-${traceId}-${spanId}-01.more`],
    ['another separator', `00_${traceId}_${spanId}_01`],
    ['white space around', ` 00-${traceId}-${spanId}-01`],
    ['a line end after', `00-${traceId}-${spanId}-01\n`],
    ['a line end in what is more', `cc-${traceId}-${spanId}-01-a\nb`],
    ['nothing', ''],
    ['far too much', `cc-${traceId}-${spanId}-01-${'x'.repeat(500)}`],
  ])('with %s is none', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined()
  })

  test('any text is one or none, and what is one is written back as version 00', () => {
    const nearly = fc.tuple(
      fc.constantFrom('00', '01', 'ff', '0g'),
      fc.string({ unit: fc.constantFrom('0', 'f', 'F'), minLength: 31, maxLength: 33 }),
      fc.constantFrom(spanId, '0'.repeat(16), spanId.slice(1)),
      fc.constantFrom('00', '01', 'ff', 'f'),
      fc.constantFrom('', '-', '-x'),
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          nearly.map(([a, b, c, d, e]) => `${a}-${b}-${c}-${d}${e}`),
        ),
        (text) => {
          const parsed = parseTraceparent(text)
          const again = parsed && parseTraceparent(formatTraceparent({ ...parsed, state: [] }))
          expect(again).toEqual(parsed)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a trace', () => {
  test('begins with random ids, and is carried as it is', () => {
    const trace = newTrace(seeded(1), { sampled: true })
    expect(trace.traceFlags).toBe(traceFlags.sampled | traceFlags.random)
    expect(parseTraceparent(formatTraceparent(trace))).toEqual({ ...trace, state: undefined })
    expect(newTrace(seeded(1), { sampled: false }).traceFlags).toBe(traceFlags.random)
    expect(newTrace(seeded(2), { sampled: true }).traceId).not.toBe(trace.traceId)
  })

  test('goes on in a span of its own: same trace, flags and state, other span', () => {
    const entropy = seeded(3)
    const parent = { ...newTrace(entropy, { sampled: true }), state: [['rojo', '1']] as const }
    const child = childSpan(parent, entropy)
    expect({ ...child, spanId: parent.spanId }).toEqual(parent)
    expect(child.spanId).not.toBe(parent.spanId)
    expect(child.spanId).toMatch(/^[0-9a-f]{16}$/)
  })

  test('sends reserved flags as zeros', () => {
    expect(formatTraceparent({ traceId, spanId, traceFlags: 0xff, state: [] })).toBe(`00-${traceId}-${spanId}-03`)
  })

  test('never has an id of zeros', () => {
    let draws = 0
    const atFirstZeros: Entropy = { bytes: (length) => new Uint8Array(length).fill(draws++ === 0 ? 0 : 7) }
    expect(newTrace(atFirstZeros, { sampled: true }).traceId).toBe('07'.repeat(16))
    const broken: Entropy = { bytes: (length) => new Uint8Array(length) }
    expect(() => newTrace(broken, { sampled: true })).toThrow('something else than zeros')
  })
})
