import { expect, test } from 'vitest'
import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { withHeader, withoutHeader } from './followed-header.ts'
import { requestId } from './request-id.ts'
import { readTraceparent, traceparent } from './traceparent.ts'

const entropy = { bytes: (length: number) => new Uint8Array(length).fill(255) }

test('a name is taken as it is given where it is well formed, and made otherwise', () => {
  expect(requestId('order-7:a/b', entropy)).toBe('order-7:a/b')
  for (const asked of [undefined, '', 'a b', 'a\nb', 'ä', 'x'.repeat(129), ['a', 'b'], '"']) {
    expect(requestId(asked, entropy)).toBe('____________')
  }
})

test('a header comes back as it was put on', () => {
  const trace = { traceId: '1'.repeat(32), spanId: '2'.repeat(16) }
  const payload = new Uint8Array([0, 255, 32])
  expect(withoutHeader(withHeader({ id: 'x', trace }, payload))).toEqual({ id: 'x', trace, payload })
  expect(withoutHeader(withHeader({ id: 'x'.repeat(128) }, payload))).toMatchObject({ trace: undefined, payload })
})

/** What was read, written again. */
function outcomeOf(given: Uint8Array): readonly [read: Uint8Array | undefined, error: unknown] {
  try {
    const { id, trace, payload } = withoutHeader(given)
    return [withHeader({ id, ...(trace && { trace }) }, payload), undefined]
  } catch (error) {
    return [undefined, error]
  }
}

test('whatever comes, it is a header or refused', () => {
  const prng = new Prng(7)
  let taken = 0
  for (let round = 0; round < 5_000; round++) {
    const given = prng.bytes(prng.below(60))
    // Mostly what could be one.
    if (round % 4 !== 0) given.forEach((byte, at) => (given[at] = at === 0 ? byte % 50 : 32 + (byte % 95)))
    const [read, error] = outcomeOf(given)
    expect(error === undefined || error instanceof ProtocolError).toBe(true)
    expect(read ?? given).toEqual(given)
    if (read !== undefined) taken++
  }
  expect(taken).toBeGreaterThan(5)
})

test('a traceparent is one as W3C says, or none', () => {
  const [trace, span] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']
  const context = { traceId: trace, spanId: span }
  expect(readTraceparent(`00-${trace}-${span}-01`)).toEqual(context)
  expect(readTraceparent(`cc-${trace}-${span}-01-what-comes-later`)).toEqual(context)
  expect(readTraceparent(traceparent(context))).toEqual(context)
  const wrong = ['', `00-${trace}-${span}-00`, `ff-${trace}-${span}-01`, `00-${'0'.repeat(32)}-${span}-01`]
  const more = [
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace}-${span}-01-more`,
    `00-${trace.toUpperCase()}-${span}-01`,
  ]
  for (const header of [...wrong, ...more]) expect(readTraceparent(header)).toBeUndefined()
})
