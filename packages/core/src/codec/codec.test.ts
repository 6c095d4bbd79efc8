import { describe, expect, test } from 'vitest'
import { FlotillaError, InvariantError, ProtocolError } from '../errors/index.ts'
import { createCodec } from './codec.ts'
import { array, map } from './collections.ts'
import { codecDefaults, validateCodecLimits } from './limits.ts'
import { object, optional } from './object.ts'
import { integer } from './scalars.ts'
import type { Infer } from './schema.ts'
import { bytes, string } from './strings.ts'

const file = object({
  name: string({ bytesMax: 12 }),
  content: bytes({ bytesMax: 100_000 }),
  parts: optional(array(integer(), { countMax: 3 })),
  tags: optional(map(string({ bytesMax: 3 }), string({ bytesMax: 3 }), { countMax: 2 })),
})
type File = Infer<typeof file>
const codec = createCodec({ name: 'file message', schema: file })
const small: File = { name: 'a', content: Uint8Array.of(1, 2, 3) }
const filled = (length: number): Uint8Array => new Uint8Array(length).fill(7)

function failure(message: unknown, limits = {}): Error {
  try {
    createCodec({ name: 'file message', schema: file, limits }).encode(message as File)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('it was encoded')
}

describe('encoding', () => {
  test('writes msgpack', () => {
    expect(String.fromCharCode(...codec.encode(small))).toBe('\x82\xa7content\xc4\x03\x01\x02\x03\xa4name\xa1a')
  })

  test('says what is too large, as users may bring it about', () => {
    const cases: readonly [string, File, object][] = [
      ['$.name is longer than 12 bytes', { ...small, name: 'x'.repeat(13) }, {}],
      ['$.name is longer than 12 bytes', { ...small, name: 'ä'.repeat(7) }, {}],
      ['$.content is longer than 100000 bytes: it has 100001', { ...small, content: filled(100_001) }, {}],
      ['$.parts has 4 items; at most 3 are taken', { ...small, parts: [1, 2, 3, 4] }, {}],
      [
        '$.tags has 3 items; at most 2 are taken',
        {
          ...small,
          tags: new Map([
            ['a', ''],
            ['b', ''],
            ['c', ''],
          ]),
        },
        {},
      ],
      ['$.tags["a"] is longer than 3 bytes', { ...small, tags: new Map([['a', 'long']]) }, {}],
      [
        '$.tags brings more than 4 items into one message (itemsMax)',
        {
          ...small,
          parts: [1, 2, 3],
          tags: new Map([
            ['a', ''],
            ['b', ''],
          ]),
        },
        { itemsMax: 4 },
      ],
      ['$ takes more than 20 bytes (bytesMax)', { ...small, content: filled(9) }, { bytesMax: 20 }],
      ['$.name takes more than 20 bytes (bytesMax)', { ...small, content: filled(90_000) }, { bytesMax: 20 }],
    ]
    for (const [sentence, message, limits] of cases) {
      const error = failure(message, limits)
      expect(error).toMatchObject({ name: 'FlotillaError', code: 'too-large', message: `file message: ${sentence}` })
    }
  })

  test('fills a message up to its limit, and no more', () => {
    const length = codec.encode(small).length
    const exact = createCodec({ name: 'file message', schema: file, limits: { bytesMax: length } })
    expect(exact.decode(exact.encode(small))).toEqual(small)
    expect(failure(small, { bytesMax: length - 1 })).toMatchObject({ code: 'too-large' })
  })

  test('refuses text that has no UTF-8 form rather than change it', () => {
    for (const name of ['\ud800', `${'x'.repeat(9)}\udc00`]) {
      expect(failure({ ...small, name })).toMatchObject({
        name: 'FlotillaError',
        code: 'malformed-text',
        message: 'file message: $.name holds half a surrogate pair, which has no UTF-8 form',
      })
    }
  })

  test('takes anything else that breaks the schema for our own bug', () => {
    const cases: readonly [string, unknown][] = [
      ['$ must be an object, got undefined', undefined],
      ['$ must be an object, got null', null],
      ['$ must be an object, got "text"', 'text'],
      ['$.content must be bytes, got undefined', { name: 'a' }],
      ['$.content must be bytes, got a list', { ...small, content: [1] }],
      ['$.name must be text, got 3', { ...small, name: 3 }],
      ['$.name must be text, got a value of type object', { ...small, name: {} }],
      ['$.parts must be a list, got a map', { ...small, parts: new Map() }],
      ['$.parts[1] must be a whole number from 0 to 9007199254740991, got -1', { ...small, parts: [0, -1] }],
      ['$.parts[0] must be a whole number from 0 to 9007199254740991, got bytes', { ...small, parts: [filled(1)] }],
      ['$.tags must be a map, got a value of type object', { ...small, tags: {} }],
      ['$.tags["a"] must be text, got true', { ...small, tags: new Map([['a', true]]) }],
    ]
    for (const [sentence, message] of cases) {
      const error = failure(message)
      expect(error).toBeInstanceOf(InvariantError)
      expect(error.message).toBe(`broken invariant: what is encoded fits its schema; file message: ${sentence}`)
    }
  })

  test('a failure leaves nothing behind', () => {
    expect(() => codec.encode({ ...small, name: 'x'.repeat(13) })).toThrow(FlotillaError)
    expect(codec.decode(codec.encode(small))).toEqual(small)
  })

  test('one encode may happen inside another', () => {
    let inner: Uint8Array | undefined
    const nested = {
      content: filled(3),
      get name(): string {
        inner = codec.encode(small)
        return 'outer'
      },
    }
    expect(codec.decode(codec.encode(nested))).toEqual({ name: 'outer', content: filled(3) })
    expect(inner && codec.decode(inner)).toEqual(small)
  })
})

describe('the bytes of a message', () => {
  test('never change, whatever is encoded after it', () => {
    const messages = Array.from({ length: 500 }, (_, index): File => ({
      name: `n${index}`,
      content: filled(index * 7),
    }))
    const encoded = messages.map((message) => codec.encode(message))
    messages.push({ name: 'large', content: filled(99_000) }, small)
    encoded.push(...messages.slice(-2).map((message) => codec.encode(message)))
    expect(encoded.map((each) => codec.decode(each))).toEqual(messages)
  })

  test('share memory with few others if short, with none if long', () => {
    expect(codec.encode(small).buffer.byteLength).toBe(8_192)
    const long = codec.encode({ ...small, content: filled(50_000) })
    expect(long.buffer.byteLength).toBe(long.length)
    // A text may need thrice its length, and reserves it; what it did not need is not kept.
    const talkative = createCodec({ name: 'text', schema: string({ bytesMax: 9_000 }) })
    expect(talkative.encode('x'.repeat(4_000)).buffer.byteLength).toBeLessThanOrEqual(8_192)
  })
})

describe('decoded byte strings', () => {
  const encoded = codec.encode({ ...small, content: filled(300) })

  test('are copies', () => {
    for (const source of [encoded.slice(), Buffer.from(encoded)]) {
      const { content } = codec.decode(source)
      source.fill(0)
      expect(content).toEqual(filled(300))
      expect(content.constructor).toBe(Uint8Array)
      expect(content.buffer.byteLength).toBe(300)
    }
  })

  test('are views where the codec is told to share', () => {
    const sharing = createCodec({ name: 'file message', schema: file, byteStrings: 'shared' })
    for (const source of [encoded.slice(), Buffer.from(encoded)]) {
      const { content } = sharing.decode(source)
      expect(content).toEqual(filled(300))
      source.fill(0)
      expect(content).toEqual(new Uint8Array(300))
      expect(content.constructor).toBe(Uint8Array)
      expect(content.buffer).toBe(source.buffer)
    }
  })
})

describe('limits', () => {
  test('are completed with defaults', () => {
    expect(validateCodecLimits()).toEqual(codecDefaults)
    expect(validateCodecLimits({ bytesMax: 100 })).toEqual({ ...codecDefaults, bytesMax: 100 })
  })

  test('are refused with a sentence', () => {
    expect(() => validateCodecLimits({ itemsMax: 0.5 })).toThrow(
      'codec: itemsMax is 0.5; it must be a whole number from 1 to 16777216',
    )
    expect(() => createCodec({ name: 'file', schema: file, limits: { bytesMax: 2 ** 31 } })).toThrow(FlotillaError)
    expect(() => createCodec({ name: 'file', schema: file, limits: { depthMax: 1 } })).toThrow(
      'codec: depthMax is 1; the schema of a file needs at least 2',
    )
    expect(createCodec({ name: 'file', schema: file, limits: { depthMax: 2 } }).encode(small)).toEqual(
      codec.encode(small),
    )
  })
})

test('an error of our own in the midst of decoding is not taken for the fault of a peer', () => {
  const broken = { depth: 0, read: () => JSON.parse('{') as string, write: () => {} }
  expect(() => createCodec({ name: 'it', schema: broken }).decode(Uint8Array.of(1))).toThrow(SyntaxError)
  expect(() => createCodec({ name: 'it', schema: integer() }).decode(Uint8Array.of())).toThrow(ProtocolError)
})
