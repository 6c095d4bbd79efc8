import { ProtocolError } from '@flotilla/core/errors'
import type { CallNumber, Frame, StreamNumber } from '@flotilla/core/network/sessions'
import { Prng } from '@flotilla/core/random'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Outbox } from '../outbox/outbox.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { frameBytesMax, frameHeadBytes, namesMax, wireKind, type FrameLimits, type WireFrame } from './wire.ts'

const limits: FrameLimits = {
  messageBytesMax: 200_000,
  streamHeaderBytesMax: 40_000,
  nameLengthMax: 64,
  reasonLengthMax: 1_024,
}
const writeBytes = 64 * 1_024

/** All frames through an outbox, whatever order it sends them in. */
function wireBytes(frames: readonly Frame[], outbox: Outbox = new Outbox()): Uint8Array {
  const parts: Uint8Array[] = []
  for (const frame of frames) outbox.push(frame)
  while (!outbox.empty) outbox.flush(writeBytes, (bytes) => void parts.push(bytes))
  return joined(parts)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}

function decoded(bytes: Uint8Array, cut: (rest: number) => number = (rest) => rest): WireFrame[] {
  const frames: WireFrame[] = []
  const decoder = new FrameDecoder({ limits, take: (frame) => void frames.push(frame) })
  for (let at = 0; at < bytes.byteLength;) {
    const end = at + Math.max(1, cut(bytes.byteLength - at))
    decoder.push(bytes.slice(at, end))
    at = end
  }
  return frames
}

/** What the far side sees of frames: names of channels only where they matter. */
function seen(frame: Frame): WireFrame {
  const named = new Set(['notice', 'publication', 'subscribe', 'unsubscribe', 'request', 'stream-open'])
  return named.has(frame.kind) ? frame : { ...frame, channel: '' }
}

const bytes = fc.oneof(
  { weight: 8, arbitrary: fc.uint8Array({ maxLength: 300 }) },
  { weight: 1, arbitrary: fc.nat(100_000).map((length) => new Prng(length).bytes(length)) },
)
const name = fc.stringMatching(/^[!-~]{1,12}$/)
const number = fc.oneof(fc.nat(1_000), fc.integer({ min: 0, max: 2 ** 48 - 1 }))
const call = number.map((value) => value as CallNumber)
const stream = number.map((value) => value as StreamNumber)
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const reason = fc.string({ unit: 'grapheme', maxLength: 200 })
const code = fc.constantFrom('remote-failed' as const, 'not-served' as const, 'wrong-name' as const)

const message: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ kind: fc.constant('notice' as const), channel: name, payload: bytes }),
  fc.record({ kind: fc.constant('publication' as const), channel: name, topic: name, payload: bytes }),
  fc.record({ kind: fc.constantFrom('subscribe' as const, 'unsubscribe' as const), channel: name, topic: name }),
  fc.record({ kind: fc.constant('request' as const), channel: name, call, payload: bytes }),
  fc.record({ kind: fc.constant('answer' as const), channel: name, call, payload: bytes }),
  fc.record({ kind: fc.constant('failure' as const), channel: name, call, code, reason }),
  fc.record({ kind: fc.constant('cancel' as const), channel: name, call }),
  fc.record({ kind: fc.constant('stream-accept' as const), channel: name, stream, window: u32 }),
  fc.record({ kind: fc.constant('stream-reset' as const), channel: name, stream, code, reason }),
  fc.record({
    kind: fc.constant('stream-open' as const),
    channel: name,
    stream,
    window: u32,
    payload: fc.uint8Array({ maxLength: 300 }),
  }),
)

test('messages come as they went, in order, in whatever pieces', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 60 }), fc.nat(), (frames, seed) => {
      const wire = wireBytes(frames)
      const prng = new Prng(seed)
      expect(decoded(wire)).toEqual(frames.map(seen))
      expect(decoded(wire, () => prng.between(1, 40))).toEqual(frames.map(seen))
      expect(decoded(wire, () => prng.between(1, 30_000))).toEqual(frames.map(seen))
    }),
    { numRuns: 60 },
  )
})

test('stream data comes in order for each stream, in frames of one TLS record at most', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(
          fc.nat(3),
          bytes.filter(({ byteLength }) => byteLength > 0),
        ),
        { maxLength: 40 },
      ),
      (writes) => {
        const frames = writes.map(([of, payload]): Frame => ({
          kind: 'stream-data',
          channel: 'c',
          stream: of as StreamNumber,
          payload,
        }))
        const came = decoded(wireBytes(frames))
        for (const of of [0, 1, 2, 3]) {
          const sent = joined(writes.flatMap(([stream_, payload]) => (stream_ === of ? [payload] : [])))
          const got = came.flatMap((frame) =>
            frame.kind === 'stream-data' && frame.stream === of ? [frame.payload] : [],
          )
          expect(got.every(({ byteLength }) => byteLength > 0 && byteLength <= frameBytesMax)).toBe(true)
          expect(joined(got)).toEqual(sent)
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('names keep their meaning when there are more of them than numbers', () => {
  const frames = Array.from({ length: 5_000 }, (_, index): Frame => {
    const prng = new Prng(index)
    return {
      kind: 'publication',
      channel: `channel-${prng.below(40)}`,
      topic: `topic-${prng.below(3 * namesMax)}`,
      payload: new Uint8Array(3),
    }
  })
  expect(decoded(wireBytes(frames))).toEqual(frames)
})

test('a name travels once', () => {
  const frame: Frame = { kind: 'notice', channel: 'a-channel-with-a-long-name', payload: new Uint8Array(1) }
  const outbox = new Outbox()
  const [first, second] = [wireBytes([frame], outbox), wireBytes([frame], outbox)]
  expect(second.byteLength).toBe(frameHeadBytes + 2 + 1)
  expect(first.byteLength).toBe(second.byteLength + frameHeadBytes + 2 + frame.channel.length)
})

test('payloads are the receiver’s own: none shares a byte with another', () => {
  const frames = Array.from({ length: 50 }, (): Frame => ({
    kind: 'notice',
    channel: 'c',
    payload: new Uint8Array(300).fill(7),
  }))
  const payloads = decoded(wireBytes(frames)).map((frame) =>
    frame.kind === 'notice' ? frame.payload : new Uint8Array(),
  )
  for (const payload of payloads) {
    expect(payload.every((byte) => byte === 7)).toBe(true)
    payload.fill(1)
  }
})

describe('what is not by the rules is refused', () => {
  const frame = (kind: number, ...body: number[]): number[] => [kind, 0, 0, body.length, ...body]
  const refusals: Readonly<Record<string, readonly number[]>> = {
    'a frame longer than a TLS record': [wireKind.notice, 0, 0x40, 0],
    'a kind that does not exist': frame(0x3f),
    'a name that nobody defined': frame(wireKind.notice, 0, 9),
    'a name with a space': frame(wireKind.name, 0, 0, 0x20),
    'an empty name': frame(wireKind.name, 0, 0),
    'a name with too high a number': frame(wireKind.name, 0xff, 0xff, 0x61),
    'a cancel that is too long': frame(wireKind.cancel, 0, 0, 0, 0, 0, 1, 0),
    'stream data without bytes': frame(wireKind['stream-data'], 0, 0, 0, 0, 0, 1),
    'an error that does not exist': frame(wireKind.failure, 0, 0, 0, 0, 0, 1, 99),
    'a reason that is not UTF-8': frame(wireKind.failure, 0, 0, 0, 0, 0, 1, 2, 0xff),
    'a piece of nothing': frame(wireKind.piece, 1),
    'a long message that is too long': frame(0x80 | wireKind.answer, 0xff, 0xff, 0xff, 0xff, 1),
    'a long message of a kind that is short': frame(0x80 | wireKind.cancel, 0, 0, 0, 6, 0),
    'a long message in a long message': [
      ...frame(0x80 | wireKind.answer, 0, 0, 0, 50, 1),
      ...frame(0x80 | wireKind.answer, 0, 0, 0, 50, 1),
    ],
    'a message in the midst of a long one': [
      ...frame(0x80 | wireKind.answer, 0, 0, 0, 50, 1),
      ...frame(wireKind.cancel, 0, 0, 0, 0, 0, 1),
    ],
    'more of a long message than was announced': [
      ...frame(0x80 | wireKind.answer, 0, 0, 0, 8, 1),
      ...frame(wireKind.piece, 1, 2, 3, 4, 5, 6, 7, 8),
    ],
    'compressed bytes where nothing was agreed on': frame(0x40 | wireKind.answer, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2),
    'a hello that is none': frame(wireKind.hello, 0xc0),
  }

  test.for(Object.entries(refusals))('%s', ([, wire]) => {
    expect(() => decoded(Uint8Array.from(wire))).toThrow(ProtocolError)
    expect(() => decoded(Uint8Array.from(wire), () => 1)).toThrow(ProtocolError)
  })

  test('a message over the limit, although its frame is not too long', () => {
    const tight = { ...limits, messageBytesMax: 10 }
    const wire = wireBytes([{ kind: 'notice', channel: 'c', payload: new Uint8Array(11) }])
    const decoder = new FrameDecoder({ limits: tight, take: () => {} })
    expect(() => decoder.push(wire)).toThrow(ProtocolError)
  })
})

test('a long message is assembled in linear time and holds no more than twice what came', () => {
  const before = 40 * 2 ** 20
  const decoder = new FrameDecoder({ limits: { ...limits, messageBytesMax: before }, take: () => {} })
  // Only the first piece of 40 MiB comes, a thousand times over: nothing of the announced length is set aside.
  const announced = [0x80 | wireKind.answer, 0, 0, 5, 0x02, 0x7f, 0xff, 0xff, 1]
  const start = process.memoryUsage().arrayBuffers
  const decoders = Array.from(
    { length: 200 },
    () => new FrameDecoder({ limits: { ...limits, messageBytesMax: before }, take: () => {} }),
  )
  for (const one of [decoder, ...decoders]) one.push(Uint8Array.from(announced))
  expect(process.memoryUsage().arrayBuffers - start).toBeLessThan(32 * 2 ** 20)
})
