import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.ts'
import type { WallMillis } from '../time/index.ts'
import { EnvelopeGate } from './gate.ts'
import { envelopeDefaults, validateEnvelopeLimits } from './limits.ts'
import { sealEnvelope, type SealOptions } from './sealing.ts'

const options: SealOptions = {
  crypto: nodeCrypto(),
  secretKey: new Uint8Array(32).fill(1),
  type: 'auction.bid-2',
  payload: Uint8Array.of(1, 2, 3),
  timestamp: 1_700_000_000_000 as WallMillis,
  nonce: new Uint8Array(16).fill(2),
}

describe('sealing', () => {
  test('cuts off fractions of a millisecond', () => {
    const bytes = sealEnvelope({ ...options, timestamp: 1_700_000_000_000.9 as WallMillis })
    expect(bytes).toEqual(sealEnvelope(options))
  })

  test.each([
    [{ type: '' }, 'wrong-field', '"" is no type'],
    [{ type: 'Bid' }, 'wrong-field', '"Bid" is no type'],
    [{ type: 'a b' }, 'wrong-field', '"a b" is no type'],
    [{ type: 'bid\n' }, 'wrong-field', String.raw`"bid\n" is no type`],
    [{ type: 'x'.repeat(33) }, 'wrong-field', `"${'x'.repeat(32)}" is no type`],
    [{ nonce: new Uint8Array(15) }, 'wrong-field', 'the nonce has 15 bytes'],
    [{ nonce: new Uint8Array(17) }, 'wrong-field', 'the nonce has 17 bytes'],
    [{ timestamp: -1 as WallMillis }, 'wrong-field', '-1 is no timestamp'],
    [{ timestamp: NaN as WallMillis }, 'wrong-field', 'NaN is no timestamp'],
    [{ timestamp: (2 ** 53) as WallMillis }, 'wrong-field', '9007199254740992 is no timestamp'],
    [{ payload: new Uint8Array(65_537) }, 'too-large', 'a payload of 65537 bytes does not fit into an envelope'],
    [{ payloadBytesMax: 2 }, 'too-large', 'a payload of 3 bytes does not fit into an envelope'],
    [{ secretKey: new Uint8Array(31) }, 'wrong-length', 'the secret key has 31 bytes'],
  ])('of %o is refused', (wrong, code, message) => {
    expect(() => sealEnvelope({ ...options, ...wrong })).toThrow(expect.objectContaining({ code, message }))
  })

  test('takes the longest type and payload, and a gate opens them', () => {
    const largest = { ...options, type: 'x'.repeat(32), payload: new Uint8Array(65_536) }
    const opened = new EnvelopeGate(options).open(sealEnvelope(largest), options.timestamp)
    expect(opened).toMatchObject({ type: largest.type, payload: largest.payload })
    const smallest = { ...options, type: 'x', payload: new Uint8Array(0) }
    expect(new EnvelopeGate(options).open(sealEnvelope(smallest), options.timestamp).payload).toHaveLength(0)
  })
})

describe('limits', () => {
  test('are completed with defaults', () => {
    expect(validateEnvelopeLimits({ clockToleranceMs: 5 })).toEqual({ ...envelopeDefaults, clockToleranceMs: 5 })
  })

  test.each([
    [{ payloadBytesMax: -1 }, 'envelope: payloadBytesMax is -1; it must be a whole number from 0 to 16777216'],
    [{ clockToleranceMs: 0.5 }, 'envelope: clockToleranceMs is 0.5; it must be a whole number from 1 to 86400000'],
    [{ noncesMax: 100 }, 'envelope: noncesMax is 100; it must be a whole number from 2048 to 16777216'],
  ])('%o are refused', (limits, sentence) => {
    expect(() => new EnvelopeGate({ ...options, limits })).toThrow(sentence)
  })
})
