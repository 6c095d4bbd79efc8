import { ProtocolError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LogMillis } from '../types.ts'
import { CommandEncoder, decodePayload, encodePayload } from './payload-codec.ts'
import type { CommandNumber, Payload, SessionId } from './replica-contract.ts'
import { sessionDefaults, sessionRanges, type SessionLimits } from './session-limits.ts'

const at = (ms: number): LogMillis => ms as LogMillis

/** These bytes are in logs: they must be read for ever. */
const stored: readonly { readonly payload: Payload; readonly hex: string }[] = [
  {
    payload: {
      type: 'command',
      time: at(1_700_000_000_000),
      session: 77 as SessionId,
      number: 300 as CommandNumber,
      answeredBelow: 299 as CommandNumber,
      command: Uint8Array.of(1, 2, 255),
    },
    hex: '0100018bcfe568000000000000004d0000000000012c0000000000012b0102ff',
  },
  { payload: { type: 'bare-command', time: at(5), command: Uint8Array.of(9) }, hex: '020000000000000509' },
  {
    payload: { type: 'open-session', time: at(6), limits: sessionDefaults, key: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    hex: '0300000000000006000000000010000000000036ee8000000000000400000000004000000102030405060708',
  },
  {
    payload: { type: 'close-session', time: at(7), session: 77 as SessionId },
    hex: '04000000000000070000000000004d',
  },
  { payload: { type: 'time', time: at(Number.MAX_SAFE_INTEGER) }, hex: '051fffffffffffff' },
  { payload: { type: 'version', time: at(8), version: 2 }, hex: '060000000000000800000000000002' },
]

function hexOf(data: Uint8Array): string {
  return Buffer.from(data).toString('hex')
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'))
}

const number = fc.maxSafeNat()
const bytes = fc.uint8Array({ maxLength: 300 })
const limits = fc.record(
  Object.fromEntries(
    Object.entries(sessionRanges).map(([name, [min, max]]) => [name, fc.maxSafeInteger().map(inside(min, max))]),
  ),
) as unknown as fc.Arbitrary<SessionLimits>
const payloads = fc.oneof(
  fc.record({
    type: fc.constant('command'),
    time: number,
    session: number,
    number: number.filter((value) => value > 0),
    answeredBelow: number,
    command: bytes,
  }),
  fc.record({ type: fc.constant('bare-command'), time: number, command: bytes }),
  fc.record({
    type: fc.constant('open-session'),
    time: number,
    limits,
    key: fc.uint8Array({ minLength: 8, maxLength: 64 }),
  }),
  fc.record({ type: fc.constant('close-session'), time: number, session: number }),
  fc.record({ type: fc.constant('time'), time: number }),
  fc.record({ type: fc.constant('version'), time: number, version: number }),
) as unknown as fc.Arbitrary<Payload>

function inside(min: number, max: number): (value: number) => number {
  return (value) => min + (Math.abs(value) % (max - min + 1))
}

describe('a payload', () => {
  test('is the bytes that are in logs', () => {
    for (const { payload, hex } of stored) {
      expect(hexOf(encodePayload(payload))).toBe(hex)
      expect(decodePayload(bytesOf(hex))).toEqual(payload)
    }
  })

  test('comes back as it was', () => {
    fc.assert(
      fc.property(payloads, (payload) => {
        expect(decodePayload(encodePayload(payload))).toEqual(payload)
      }),
    )
  })

  test('is a ProtocolError or a payload whose bytes they are, whatever the bytes are', () => {
    const prng = new Prng(1)
    for (let turn = 0; turn < 20_000; turn++) {
      const { hex } = prng.pick(stored)
      const data = bytesOf(hex).slice(0, prng.chance(1, 3) ? prng.below(hex.length / 2) : undefined)
      for (let flips = prng.below(4); flips > 0 && data.length > 0; flips--)
        data[prng.below(data.length)] = prng.below(256)
      const mess = prng.chance(1, 10) ? prng.bytes(prng.below(80)) : data
      expect(() => decoded(mess)).not.toThrow()
    }
  })

  test('of an unknown type says that it is one', () => {
    expect(() => decodePayload(new Uint8Array(40).fill(0x17))).toThrow('a payload has the unknown type 23')
    expect(() => decodePayload(new Uint8Array(3))).toThrow('a payload is malformed: it has 3 bytes')
  })
})

/** Throws anything but what is allowed. */
function decoded(data: Uint8Array): void {
  try {
    const payload = decodePayload(data)
    expect(encodePayload(payload)).toEqual(data)
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
  }
}

test('an encoder of commands shares slabs, and never writes into what it gave', () => {
  const encoder = new CommandEncoder()
  const prng = new Prng(2)
  const given: { data: Uint8Array; payload: Payload }[] = []
  for (let turn = 0; turn < 3_000; turn++) {
    const command = prng.bytes(prng.chance(1, 50) ? prng.below(30_000) : prng.below(300))
    const payload: Payload = {
      type: 'command',
      time: at(turn),
      session: prng.u32() as SessionId,
      number: (turn + 1) as CommandNumber,
      answeredBelow: turn as CommandNumber,
      command,
    }
    const data = encoder.encode(payload.time, payload.session, payload.number, payload.answeredBelow, command)
    given.push({ data, payload })
  }
  for (const { data, payload } of given) expect(decodePayload(data)).toEqual(payload)
  expect(new Set(given.map(({ data }) => data.buffer)).size).toBeLessThan(150)
})
