import { ProtocolError } from '@flotilla/core/errors'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeVerdict, VerdictReader } from './node-tls-verdict.ts'

describe('a verdict', () => {
  test('comes back from its bytes, cut anywhere, and leaves what follows', () => {
    const refusals = fc.option(fc.string({ unit: fc.constantFrom('a', 'é', '漢', ' ') }), { nil: undefined })
    fc.assert(
      fc.property(refusals, fc.uint8Array(), fc.array(fc.nat(300)), (refusal, after, cuts) => {
        const short = refusal?.slice(0, 80)
        const bytes = Uint8Array.from([...encodeVerdict({ refusal: short }), ...after])
        const reader = new VerdictReader()
        const places = [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]
        let [begin, found] = [0, undefined as ReturnType<VerdictReader['push']>]
        for (const place of places) {
          if (found !== undefined) break
          found = reader.push(bytes.subarray(begin, place))
          begin = place
        }
        const rest = [...(found?.rest ?? []), ...bytes.subarray(begin)]
        expect([found?.refusal, rest]).toEqual([short, [...after]])
      }),
    )
  })

  test('is these bytes for ever', () => {
    expect([...encodeVerdict({ refusal: undefined })]).toEqual([1])
    expect([...encodeVerdict({ refusal: 'no' })]).toEqual([0, 2, 110, 111])
  })

  test('is cut to what fits, at the end of a character', () => {
    const bytes = encodeVerdict({ refusal: '漢'.repeat(200) })
    expect([bytes.length, bytes[1]]).toEqual([257, 255])
    const odd = encodeVerdict({ refusal: `a${'漢'.repeat(200)}` })
    expect(new VerdictReader().push(odd)?.refusal).toBe(`a${'漢'.repeat(84)}`)
  })

  test('of a far end that is not trusted moves no cursor', () => {
    expect(new VerdictReader().push(Buffer.from('\0\x04\x1b[2J'))?.refusal).toBe('\\u{1b}[2J')
  })

  test('is refused when it is none, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        let refused: unknown
        try {
          new VerdictReader().push(bytes)
        } catch (error) {
          refused = error
        }
        expect(refused instanceof ProtocolError).toBe((bytes[0] ?? 0) > 1)
      }),
    )
  })
})
