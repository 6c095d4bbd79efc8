import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.ts'
import { nodeIdFromPublicKey, type NodeId } from '../ids/index.ts'
import type { WallMillis } from '../time/index.ts'
import type { Crypto } from '../crypto/index.ts'
import { EnvelopeGate } from './gate.ts'
import { sealEnvelope } from './sealing.ts'

const crypto = nodeCrypto()
const noon = 1_700_000_000_000 as WallMillis
const later = (ms: number): WallMillis => (noon + ms) as WallMillis

/** The key of sender number `from`. */
const keyOf = (from: number): Uint8Array => new Uint8Array(32).fill(from)
const idOf = (from: number): NodeId => nodeIdFromPublicKey(crypto, crypto.ed25519.publicKey(keyOf(from)))

function seal(number: number, options: { from?: number; at?: WallMillis; with?: Crypto } = {}): Uint8Array {
  const { from = 1, at = noon, with: sealer = crypto } = options
  const nonce = new Uint8Array(16)
  new DataView(nonce.buffer).setUint32(0, number)
  return sealEnvelope({ crypto: sealer, secretKey: keyOf(from), type: 'test', payload: nonce, timestamp: at, nonce })
}

const refused = (code: string): unknown => expect.objectContaining({ name: 'ProtocolError', code })

describe('a gate', () => {
  test('opens what was sealed, with memory of its own', () => {
    const bytes = Buffer.from(seal(7))
    const opened = new EnvelopeGate({ crypto }).open(bytes, later(5))
    const signature = new Uint8Array(bytes.subarray(-64))
    bytes.fill(0)
    const nonce = Uint8Array.of(0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    const publicKey = crypto.ed25519.publicKey(keyOf(1))
    const expected = { type: 'test', sender: idOf(1), publicKey, timestamp: noon, nonce, payload: nonce, signature }
    expect(opened).toEqual(expected)
  })

  test('opens an envelope once', () => {
    const gate = new EnvelopeGate({ crypto })
    const bytes = seal(1)
    gate.open(bytes, noon)
    expect(() => gate.open(bytes, noon)).toThrow(refused('replayed'))
    expect(() => gate.open(bytes, later(30_000))).toThrow(refused('replayed'))
    expect(() => gate.open(bytes, later(30_001))).toThrow(refused('too-old'))
    expect(gate.noncesHeld).toBe(1)
  })

  test('takes the same nonce from another sender, and for another time', () => {
    const gate = new EnvelopeGate({ crypto })
    for (const bytes of [seal(1), seal(1, { from: 2 }), seal(1, { at: later(1) })]) gate.open(bytes, noon)
    expect(gate.noncesHeld).toBe(3)
  })

  test('takes clocks that are off by the tolerance, and no more', () => {
    const gate = new EnvelopeGate({ crypto })
    gate.open(seal(1, { at: later(30_000) }), noon)
    gate.open(seal(2, { at: later(-30_000) }), noon)
    expect(() => gate.open(seal(3, { at: later(30_001) }), noon)).toThrow(refused('too-new'))
    expect(() => gate.open(seal(4, { at: later(-30_001) }), noon)).toThrow(refused('too-old'))
  })

  test('remembers nothing that was not signed', () => {
    const gate = new EnvelopeGate({ crypto })
    const forged = seal(1)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    expect(() => gate.open(forged, noon)).toThrow(refused('wrong-signature'))
    expect(gate.noncesHeld).toBe(0)
    gate.open(seal(1), noon)
  })

  test('does not take another sender’s signature for its own', () => {
    const forged = seal(1)
    forged.set(crypto.ed25519.publicKey(keyOf(2)), 1)
    expect(() => new EnvelopeGate({ crypto }).open(forged, noon)).toThrow(refused('wrong-signature'))
  })

  test('opens only what it accepts, and asks before it verifies', () => {
    const verified: Uint8Array[] = []
    const verify: Crypto['ed25519']['verify'] = (publicKey, message, signature) => {
      verified.push(publicKey)
      return crypto.ed25519.verify(publicKey, message, signature)
    }
    const watched = { ...crypto, ed25519: { ...crypto.ed25519, verify } }
    const gate = new EnvelopeGate({ crypto: watched, accepts: (sender) => sender === idOf(1) })
    expect(() => gate.open(seal(1, { from: 2 }), noon)).toThrow(refused('unknown-sender'))
    expect(verified).toHaveLength(0)
    expect(gate.open(seal(1), noon).sender).toBe(idOf(1))
  })

  test('stops at a time that is none, which would be within any tolerance', () => {
    expect(() => new EnvelopeGate({ crypto }).open(seal(1), NaN as WallMillis)).toThrow('now is a time')
    expect(() => new EnvelopeGate({ crypto, startedAt: NaN as WallMillis })).toThrow('startedAt is a time')
  })
})

describe('memory is bounded', () => {
  const limits = { noncesPerSenderMax: 3, noncesMax: 6 }

  test('and a noisy sender blocks itself only, and forgets nothing', () => {
    const gate = new EnvelopeGate({ crypto, limits })
    for (let number = 0; number < 3; number++) gate.open(seal(number), noon)
    for (let number = 3; number < 20; number++)
      expect(() => gate.open(seal(number), noon)).toThrow(refused('overloaded'))
    for (let number = 0; number < 3; number++) expect(() => gate.open(seal(number), noon)).toThrow(refused('replayed'))
    for (let number = 0; number < 3; number++) gate.open(seal(number, { from: 2 }), noon)
    expect(gate.noncesHeld).toBe(6)
    expect(() => gate.open(seal(0, { from: 3 }), noon)).toThrow(refused('overloaded'))
  })

  test('and becomes free when envelopes are too old to come again', () => {
    const gate = new EnvelopeGate({ crypto, limits })
    for (let number = 0; number < 3; number++) gate.open(seal(number), noon)
    expect(() => gate.open(seal(9, { at: later(30_000) }), later(30_000))).toThrow(refused('overloaded'))
    gate.open(seal(9, { at: later(32_000) }), later(32_000))
    expect(gate.noncesHeld).toBe(1)
  })
})

describe('no envelope opens twice', () => {
  test('though the clock jumps forward by a day, and back', () => {
    const gate = new EnvelopeGate({ crypto })
    const bytes = seal(1)
    gate.open(bytes, noon)
    gate.open(seal(2, { at: later(86_400_000) }), later(86_400_000))
    expect(gate.noncesHeld).toBe(1)
    expect(() => gate.open(bytes, later(1_000))).toThrow(refused('too-old'))
    gate.open(seal(3, { at: later(2_000) }), later(2_000))
  })

  test('though the process restarts, if the gate knows when', () => {
    const ahead = seal(1, { at: later(25_000) })
    new EnvelopeGate({ crypto }).open(ahead, noon)
    const restarted = new EnvelopeGate({ crypto, startedAt: later(1_000) })
    expect(() => restarted.open(ahead, later(2_000))).toThrow(refused('too-old'))
    expect(() => restarted.open(seal(2, { at: later(31_000) }), later(31_000))).toThrow(refused('too-old'))
    restarted.open(seal(3, { at: later(31_001) }), later(31_001))
  })

  test('whatever comes when, by whichever clock', () => {
    // Signatures are not the matter here, and would take most of the time.
    const ed25519 = { ...crypto.ed25519, sign: () => new Uint8Array(64), verify: () => true }
    const unsigned = { ...crypto, ed25519 }
    const delivery = fc.record({
      number: fc.integer({ min: 0, max: 2 }),
      from: fc.integer({ min: 1, max: 3 }),
      sealedAt: fc.integer({ min: 0, max: 400 }),
      now: fc.integer({ min: 0, max: 400 }),
      restart: fc.integer({ min: 0, max: 15 }).map((drawn) => drawn === 0),
    })
    const limits = { clockToleranceMs: 50, noncesPerSenderMax: 6, noncesMax: 12 }
    fc.assert(
      fc.property(fc.array(delivery, { maxLength: 120 }), (deliveries) => {
        let gate = new EnvelopeGate({ crypto: unsigned, limits })
        let newestNow = 0
        const opened = new Set<string>()
        for (const { number, from, sealedAt, now, restart } of deliveries) {
          newestNow = Math.max(newestNow, now)
          // A clock that was set back between two runs is beyond what `startedAt` promises.
          if (restart) gate = new EnvelopeGate({ crypto: unsigned, limits, startedAt: later(newestNow) })
          const bytes = seal(number, { from, at: later(sealedAt), with: unsigned })
          try {
            gate.open(bytes, later(now))
          } catch {
            continue
          }
          expect(Math.abs(sealedAt - now)).toBeLessThanOrEqual(50)
          expect(opened).not.toContain(`${from} ${number} ${sealedAt}`)
          opened.add(`${from} ${number} ${sealedAt}`)
          expect(gate.noncesHeld).toBeLessThanOrEqual(12)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
