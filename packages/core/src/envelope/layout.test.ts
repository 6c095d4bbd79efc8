import { readFileSync } from 'node:fs'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.ts'
import { ProtocolError } from '../errors/index.ts'
import { nodeIdFromPublicKey } from '../ids/index.ts'
import type { WallMillis } from '../time/index.ts'
import { EnvelopeGate } from './gate.ts'
import { sealEnvelope } from './sealing.ts'

const crypto = nodeCrypto()
const noon = 1_700_000_000_000 as WallMillis
const fields = {
  type: 'fixture.v1',
  payload: new TextEncoder().encode('An envelope that was sealed once must open for ever.'),
  timestamp: noon,
  nonce: Uint8Array.from({ length: 16 }, (_, index) => index),
}
const sealed = sealEnvelope({ crypto, secretKey: new Uint8Array(32).fill(42), ...fields })
const gate = (): EnvelopeGate => new EnvelopeGate({ crypto, limits: { payloadBytesMax: 100 } })

describe('version 1', () => {
  const stored = new Uint8Array(readFileSync(new URL('../../fixtures/v1/envelope.bin', import.meta.url)))

  test('opens as it was stored', () => {
    expect(gate().open(stored, noon)).toMatchObject({ ...fields, sender: 'fl1am6kxl5h9xavvz79hpqrgpj5dlg03n2ge86rtx' })
  })

  test('is sealed as it was stored', () => {
    expect(sealed).toEqual(stored)
  })

  test('has one form for all fields, which comes out as it went in', () => {
    const any = fc.record({
      type: fc.stringMatching(/^[a-z][a-z0-9.-]{0,31}$/),
      payload: fc.uint8Array({ maxLength: 100 }),
      timestamp: fc.maxSafeNat().map((ms) => ms as WallMillis),
      nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      secretKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    })
    fc.assert(
      fc.property(any, ({ secretKey, ...drawn }) => {
        const bytes = sealEnvelope({ crypto, secretKey, ...drawn })
        const opened = gate().open(bytes, drawn.timestamp)
        const publicKey = crypto.ed25519.publicKey(secretKey)
        const sender = nodeIdFromPublicKey(crypto, publicKey)
        expect(opened).toEqual({ ...drawn, publicKey, sender, signature: bytes.slice(-64) })
        expect(sealEnvelope({ ...opened, crypto, secretKey })).toEqual(bytes)
      }),
      { numRuns: 300 },
    )
  })
})

/** What bytes from outside may be refused as, by a gate that has opened nothing yet. */
const refusals = ['malformed', 'too-large', 'unsupported-version', 'too-old', 'too-new', 'wrong-signature']

/** The code of the refusal, or `opened`, or something else that is none of both. */
function outcomeOf(bytes: Uint8Array): string {
  try {
    gate().open(bytes, noon)
    return 'opened'
  } catch (error) {
    return error instanceof ProtocolError ? String(error.code) : `not a refusal: ${String(error)}`
  }
}

describe('what is not an envelope is refused, and nothing else happens', () => {
  test('for random bytes of any length', () => {
    const start = fc.constantFrom([], [1], [1, 1, 1])
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 400 }), (first, rest) => {
        expect(refusals).toContain(outcomeOf(Uint8Array.of(...first, ...rest)))
      }),
      { numRuns: 5_000 },
    )
  })

  test('for every change of one byte', () => {
    const codes = new Set<string>()
    for (let place = 0; place < sealed.length; place++) {
      for (const change of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        const changed = sealed.map((byte, index) => (index === place ? byte ^ change : byte))
        codes.add(outcomeOf(changed))
      }
    }
    expect(codes).toEqual(new Set(refusals.filter((code) => code !== 'too-large')))
  })

  test('for every value of every byte that is more than a number drawn', () => {
    const places = [0, ...range(33, 41), ...range(57, 58 + fields.type.length)]
    for (const place of places) {
      for (let value = 0; value < 256; value++) {
        if (value === sealed[place]) continue
        const changed = sealed.map((byte, index) => (index === place ? value : byte))
        expect(refusals).toContain(outcomeOf(changed))
      }
    }
  })

  test('for every truncation, from either end', () => {
    for (let length = 0; length < sealed.length; length++) {
      expect(['malformed', 'wrong-signature']).toContain(outcomeOf(sealed.subarray(0, length)))
      expect(refusals).toContain(outcomeOf(sealed.subarray(sealed.length - length)))
    }
  })

  test('for bytes put in, taken out or doubled', () => {
    const place = fc.integer({ min: 0, max: sealed.length - 1 })
    fc.assert(
      fc.property(place, place, fc.uint8Array({ maxLength: 30 }), (from, to, put) => {
        const bytes = Uint8Array.of(...sealed.subarray(0, from), ...put, ...sealed.subarray(to))
        fc.pre(!Buffer.from(sealed).equals(bytes))
        expect(refusals).toContain(outcomeOf(bytes))
      }),
      { numRuns: 2_000 },
    )
  })

  test.each([
    ['too-large', new Uint8Array(123 + 32 + 101)],
    ['too-large', sealEnvelope({ crypto, secretKey: new Uint8Array(32), ...fields, payload: new Uint8Array(101) })],
    ['malformed', new Uint8Array(0)],
    ['malformed', Uint8Array.of(1)],
    ['unsupported-version', Uint8Array.of(2)],
    ['malformed', changedAt(57, 0)],
    ['malformed', changedAt(57, 33)],
    ['malformed', changedAt(57, 255)],
    ['malformed', changedAt(58, 0x41)],
    ['malformed', changedAt(33, 0x20)],
  ])('as %s', (code, bytes) => {
    expect(outcomeOf(bytes)).toBe(code)
  })
})

function changedAt(place: number, value: number): Uint8Array {
  return sealed.map((byte, index) => (index === place ? value : byte))
}

function range(start: number, end: number): readonly number[] {
  return Array.from({ length: end - start }, (_, index) => start + index)
}
