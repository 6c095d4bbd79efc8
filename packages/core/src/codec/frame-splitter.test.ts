import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProtocolError } from '../errors/index.ts'
import { FrameSplitter, frameHeadBytes, writeFrameHead } from './frame-splitter.ts'

function framed(...frames: readonly Uint8Array[]): Uint8Array {
  const stream = new Uint8Array(frames.reduce((sum, frame) => sum + frameHeadBytes + frame.length, 0))
  let at = 0
  for (const frame of frames) {
    writeFrameHead(stream, at, frame.length)
    stream.set(frame, at + frameHeadBytes)
    at += frameHeadBytes + frame.length
  }
  return stream
}

function split(splitter: FrameSplitter, chunk: Uint8Array): Uint8Array[] {
  splitter.push(chunk)
  const frames: Uint8Array[] = []
  for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) frames.push(frame)
  return frames
}

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

test('a stream comes out as the frames that went in, however it is cut', () => {
  const frame = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 20 }),
    fc.nat(5_000).map((length) => filled(length + 1, length)),
  )
  fc.assert(
    fc.property(fc.array(frame), fc.array(fc.integer({ min: 1, max: 3_000 })), (frames, cuts) => {
      const stream = framed(...frames)
      const splitter = new FrameSplitter()
      const out: Uint8Array[] = []
      let at = 0
      for (const cut of cuts) out.push(...split(splitter, stream.subarray(at, (at += cut))))
      out.push(...split(splitter, stream.subarray(at)))
      expect(out).toEqual(frames)
      splitter.end()
    }),
    { numRuns: 1_000 },
  )
})

test('a stream may come byte by byte', () => {
  const frames = [filled(1, 1), filled(2_500, 2), filled(3, 3)]
  const splitter = new FrameSplitter()
  const out = [...framed(...frames)].flatMap((byte) => split(splitter, Uint8Array.of(byte)))
  expect(out).toEqual(frames)
})

describe('memory', () => {
  test('a frame that lies in one chunk is a view into it, and no Buffer', () => {
    const chunk = Buffer.from(framed(filled(300, 1), filled(5, 2)))
    const frames = split(new FrameSplitter(), chunk)
    expect(frames.map(({ buffer }) => buffer === chunk.buffer)).toEqual([true, true])
    expect(frames.map(({ constructor }) => constructor)).toEqual([Uint8Array, Uint8Array])
  })

  test('a frame that came in pieces has an array of exactly its size', () => {
    const stream = framed(filled(3_000, 1))
    const splitter = new FrameSplitter()
    expect(split(splitter, stream.subarray(0, 1_500))).toEqual([])
    const [frame] = split(splitter, stream.subarray(1_500))
    expect(frame).toEqual(filled(3_000, 1))
    expect(frame?.buffer.byteLength).toBe(3_000)
  })

  test('grows with what has come, not with what was announced', () => {
    const head = new Uint8Array(4)
    writeFrameHead(head, 0, 2 ** 32 - 1)
    const splitter = new FrameSplitter({ frameBytesMax: 2 ** 32 - 1 })
    const made = allocationsDuring(() => {
      split(splitter, head)
      for (let piece = 0; piece < 100; piece++) split(splitter, filled(100, 1))
    })
    expect(made.largest).toBeGreaterThanOrEqual(100 * 100)
    expect(made.largest).toBeLessThanOrEqual(2 * 100 * 100)
    expect(made.together).toBeLessThanOrEqual(5 * 100 * 100)
  })
})

/** The arrays that are made with a length, in bytes. */
function allocationsDuring(work: () => void): { readonly largest: number; readonly together: number } {
  const real = globalThis.Uint8Array
  const lengths: number[] = []
  globalThis.Uint8Array = new Proxy(real, {
    construct(target, [first, ...rest]: [unknown, ...unknown[]], newTarget) {
      if (typeof first === 'number') lengths.push(first)
      return Reflect.construct(target, [first, ...rest], newTarget) as Uint8Array
    },
  })
  try {
    work()
  } finally {
    globalThis.Uint8Array = real
  }
  return { largest: Math.max(...lengths), together: lengths.reduce((sum, length) => sum + length, 0) }
}

describe('a hostile stream', () => {
  test('may not announce too much', () => {
    const splitter = new FrameSplitter({ frameBytesMax: 10 })
    expect(split(splitter, framed(filled(10, 1)))).toEqual([filled(10, 1)])
    splitter.push(framed(filled(11, 1)))
    const refused = 'a frame of 11 bytes is announced; at most 10 are taken (frameBytesMax)'
    expect(() => splitter.next()).toThrow(ProtocolError)
    expect(() => splitter.next()).toThrow(refused)
    expect(() => new FrameSplitter().push(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).not.toThrow()
  })

  test('may not send frames without content, which would cost more memory than bytes', () => {
    const splitter = new FrameSplitter()
    splitter.push(new Uint8Array(8))
    expect(() => splitter.next()).toThrow('a frame without content is announced')
  })

  test('may not end in the midst of a frame', () => {
    const stream = framed(filled(10, 1))
    for (let length = 1; length < stream.length; length++) {
      const splitter = new FrameSplitter()
      expect(split(splitter, stream.subarray(0, length))).toEqual([])
      expect(() => splitter.end()).toThrow(/^the stream ends in the midst of a frame/)
    }
    const splitter = new FrameSplitter()
    split(splitter, stream.subarray(0, 10))
    expect(() => splitter.end()).toThrow('the stream ends in the midst of a frame, 4 bytes too early')
    split(splitter, stream.subarray(10))
    expect(() => splitter.end()).not.toThrow()
  })
})

describe('our own mistakes', () => {
  test('pushing before all frames were taken', () => {
    const splitter = new FrameSplitter()
    splitter.push(framed(filled(1, 1), filled(1, 2)))
    splitter.next()
    expect(() => splitter.push(filled(1, 0))).toThrow('broken invariant')
  })

  test('a head for no frame, or where it has no room', () => {
    for (const wrong of [0, -1, 1.5, 2 ** 32]) {
      expect(() => writeFrameHead(new Uint8Array(4), 0, wrong)).toThrow('broken invariant')
    }
    expect(() => writeFrameHead(new Uint8Array(6), 3, 1)).toThrow('broken invariant')
  })

  test('a wrong limit', () => {
    for (const wrong of [0, 1.5, 2 ** 32]) {
      expect(() => new FrameSplitter({ frameBytesMax: wrong })).toThrow(
        `frames: frameBytesMax is ${wrong}; it must be a whole number from 1 to 4294967295`,
      )
    }
  })
})
