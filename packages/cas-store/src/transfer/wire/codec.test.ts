import { readFile, writeFile } from 'node:fs/promises'
import { FlotillaError } from '@flotilla/core/errors'
import { Prng } from '@flotilla/core/random'
import { describe, expect, test } from 'vitest'
import type { BlobId, ChunkId } from '../../types.ts'
import {
  answerCodec,
  askCodec,
  controlBytesMax,
  decodeHeader,
  decodeStanding,
  decodeStandingQuestion,
  encodeHeader,
  encodeStanding,
  encodeStandingQuestion,
  pushCodec,
  pushReplyCodec,
  refusal,
} from './codec.ts'
import type { BatchNumber, ChunkAnswer, ChunkAsk, PushMessage, PushReply } from './messages.ts'

const id = (digit: string): ChunkId => digit.repeat(64) as ChunkId
const batch = 7 as BatchNumber
const blob = { id: id('b') as string as BlobId, size: 2 ** 40, depth: 3, root: id('c') }

const asks: readonly ChunkAsk[] = [
  { type: 'ask', batch, kind: 'data', wanted: [{ id: id('1'), size: 65_536 }] },
  {
    type: 'ask',
    batch,
    kind: 'list',
    wanted: [
      { id: id('2'), size: 2 ** 40 },
      { id: id('3'), size: 0 },
    ],
  },
]
const answers: readonly ChunkAnswer[] = [{ type: 'answer', batch, lengths: [65_536, null, 0] }]
const pushes: readonly PushMessage[] = [
  { type: 'begin', blob },
  { type: 'have', batch, kind: 'list', ids: [id('4'), id('5')] },
  { type: 'chunks', batch, kind: 'data', ids: [id('6')], lengths: [12] },
  { type: 'commit', blob },
]
const replies: readonly PushReply[] = [
  { type: 'begun', isDurable: false },
  { type: 'lacks', batch, missing: [0, 3, 4_095] },
  { type: 'taken', batch },
  { type: 'durable' },
  refusal('disk-full', 'there is no room'),
]

/** One of everything that goes over the wire, as it was encoded first: it must be understood for ever. */
const samples: readonly (readonly [bytes: Uint8Array, decode: (bytes: Uint8Array) => unknown, value: unknown])[] = [
  ...asks.map((each) => [askCodec.encode(each), (bytes: Uint8Array) => askCodec.decode(bytes), each] as const),
  ...answers.map((each) => [answerCodec.encode(each), (bytes: Uint8Array) => answerCodec.decode(bytes), each] as const),
  ...pushes.map((each) => [pushCodec.encode(each), (bytes: Uint8Array) => pushCodec.decode(bytes), each] as const),
  ...replies.map(
    (each) => [pushReplyCodec.encode(each), (bytes: Uint8Array) => pushReplyCodec.decode(bytes), each] as const,
  ),
  [encodeHeader('fetch'), decodeHeader, 'fetch'],
  [encodeHeader('push'), decodeHeader, 'push'],
  [encodeStandingQuestion(), decodeStandingQuestion, undefined],
  [
    encodeStanding({ freeBytes: 2 ** 40, isUntrusted: true }),
    decodeStanding,
    { freeBytes: 2 ** 40, isUntrusted: true },
  ],
]

describe('messages of the transfer', () => {
  test('come back as they were', () => {
    for (const [bytes, decode, value] of samples) expect(decode(bytes)).toEqual(value)
  })

  test('are understood as they were written first', async () => {
    const path = new URL('../../../fixtures/v1/transfer/messages.txt', import.meta.url)
    const lines = samples.map(([bytes]) => hex(bytes))
    if (process.env['UPDATE'] === '1') await writeFile(path, `${lines.join('\n')}\n`, { flag: 'wx' })
    const stored = (await readFile(path, 'utf8')).trim().split('\n')
    expect(stored).toEqual(lines)
    for (const [index, line] of stored.entries()) {
      const [, decode, value] = samples[index] as (typeof samples)[number]
      expect(decode(unhex(line))).toEqual(value)
    }
  })

  test('fit the longest frame when they are as long as they may be', () => {
    const ids = Array.from({ length: 4_096 }, () => id('f'))
    const wanted = ids.map((each) => ({ id: each, size: Number.MAX_SAFE_INTEGER }))
    expect(askCodec.encode({ type: 'ask', batch, kind: 'data', wanted }).length).toBeLessThanOrEqual(controlBytesMax)
    const missing = ids.map((_, index) => index)
    expect(pushReplyCodec.encode({ type: 'lacks', batch, missing }).length).toBeLessThanOrEqual(controlBytesMax)
    const why = '\u{10ffff}'.repeat(5_000)
    expect(pushReplyCodec.decode(pushReplyCodec.encode(refusal('c'.repeat(100), why)))).toMatchObject({
      type: 'refused',
    })
  })

  test('of another version are told apart from nonsense', () => {
    const other = Uint8Array.from(encodeHeader('fetch'))
    const at = other.indexOf(1, 8)
    other[at] = 9
    expect(() => decodeHeader(other)).toThrow('by version 9 of the protocol')
    expect(() => decodeHeader(encodeHeader('fetched' as 'fetch'))).toThrow('which is unknown')
  })

  test('that do not fit together are refused', () => {
    const two = pushCodec.encode({ type: 'chunks', batch, kind: 'data', ids: [id('6')], lengths: [1, 2] })
    expect(() => pushCodec.decode(two)).toThrow('1 chunks are named with the sizes of 2')
  })

  test('that are mutilated throw nothing but a FlotillaError', () => {
    const random = new Prng(1)
    for (let round = 0; round < 20_000; round++) {
      const [bytes, decode] = random.pick(samples)
      const mutilated = mutilate(bytes, random)
      expect({ round, threw: thrown(() => decode(mutilated)) }).toEqual({ round, threw: undefined })
    }
  })
})

/** What was thrown that must not be. */
function thrown(work: () => unknown): unknown {
  try {
    work()
    return undefined
  } catch (error) {
    return error instanceof FlotillaError ? undefined : error
  }
}

function mutilate(bytes: Uint8Array, random: Prng): Uint8Array {
  const end = random.chance(1, 4) ? random.below(bytes.length + 1) : bytes.length
  const copy = Uint8Array.from([...bytes.subarray(0, end), ...random.bytes(random.chance(1, 4) ? random.below(8) : 0)])
  for (let changes = random.below(4); changes > 0 && copy.length > 0; changes--) {
    copy[random.below(copy.length)] = random.below(256)
  }
  return copy
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function unhex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
