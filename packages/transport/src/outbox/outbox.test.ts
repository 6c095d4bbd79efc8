import type { CallNumber, Frame, StreamNumber } from '@flotilla/core/network/sessions'
import { expect, test } from 'vitest'
import { FrameDecoder } from '../frames/frame-decoder.ts'
import type { WireFrame } from '../frames/wire.ts'
import { Outbox } from './outbox.ts'

const writeBytes = 64 * 1_024
const channel = 'c'
const limits = { messageBytesMax: 2 ** 20, streamHeaderBytesMax: 1_024, nameLengthMax: 64, reasonLengthMax: 100 }

function data(stream: number, length: number): Frame {
  return { kind: 'stream-data', channel, stream: stream as StreamNumber, payload: new Uint8Array(length).fill(stream) }
}

/** What each flush hands over, as the far side reads it, and how many bytes and writes that was. */
function flushes(outbox: Outbox): { flush(): { frames: WireFrame[]; bytes: number; writes: number } } {
  let frames: WireFrame[] = []
  const decoder = new FrameDecoder({ limits, take: (frame) => void frames.push(frame) })
  return {
    flush() {
      frames = []
      let [bytes, writes] = [0, 0]
      outbox.flush(writeBytes, (part) => {
        bytes += part.byteLength
        writes++
        decoder.push(part)
      })
      return { frames, bytes, writes }
    },
  }
}

test('a heartbeat and a message overtake the data of streams, which they wait for one write at most', () => {
  const outbox = new Outbox()
  const reader = flushes(outbox)
  outbox.push(data(2, 1_000_000))
  const first = reader.flush()
  expect(first.bytes).toBeLessThanOrEqual(writeBytes + 16_384)
  outbox.push({ kind: 'notice', channel, payload: new Uint8Array(10) })
  outbox.beat('ping', 1)
  outbox.push({ kind: 'stream-credit', channel, stream: 4 as StreamNumber, room: 5 })
  const kinds = reader.flush().frames.map(({ kind }) => kind)
  expect(kinds.slice(0, 4)).toEqual(['ping', 'stream-credit', 'notice', 'stream-data'])
})

test('a heartbeat comes between the pieces of a long message', () => {
  const outbox = new Outbox()
  const reader = flushes(outbox)
  outbox.push({ kind: 'notice', channel, payload: new Uint8Array(1_000_000) })
  expect(reader.flush().frames).toEqual([])
  outbox.beat('ping', 7)
  expect(reader.flush().frames).toEqual([{ kind: 'ping', number: 7 }])
  const rest: string[] = []
  while (!outbox.empty) rest.push(...reader.flush().frames.map(({ kind }) => kind))
  expect(rest).toEqual(['notice'])
})

test('streams have their turns, and a flood of messages leaves them a share', () => {
  const outbox = new Outbox()
  const reader = flushes(outbox)
  for (const stream of [2, 4, 6]) outbox.push(data(stream, 500_000))
  for (let count = 0; count < 20_000; count++) outbox.push({ kind: 'notice', channel, payload: new Uint8Array(100) })
  const seen = new Set<number>()
  for (let write = 0; write < 4; write++) {
    for (const frame of reader.flush().frames) if (frame.kind === 'stream-data') seen.add(frame.stream)
  }
  expect([...seen].toSorted((one, other) => one - other)).toEqual([2, 4, 6])
})

test('a reset drops what its stream has not sent, and goes out', () => {
  const outbox = new Outbox()
  const reader = flushes(outbox)
  let left = 0
  outbox.push(data(2, 500_000), (frames) => (left += frames))
  reader.flush()
  outbox.push({ kind: 'stream-reset', channel, stream: 2 as StreamNumber, code: 'stream-reset', reason: 'enough' })
  expect(left).toBe(0)
  const { frames } = reader.flush()
  expect(frames.map(({ kind }) => kind)).toEqual(['stream-reset'])
  expect([outbox.empty, left]).toEqual([true, 1])
})

test('the end of a stream comes after its data', () => {
  const outbox = new Outbox()
  const reader = flushes(outbox)
  outbox.push(data(2, 100_000))
  outbox.push({ kind: 'stream-end', channel, stream: 2 as StreamNumber })
  const frames: WireFrame[] = []
  while (!outbox.empty) frames.push(...reader.flush().frames)
  expect(frames.at(-1)?.kind).toBe('stream-end')
  expect(frames.filter(({ kind }) => kind === 'stream-end')).toHaveLength(1)
})

test('thousands of small messages leave in few writes, and who sent them is told once they have left', () => {
  const outbox = new Outbox()
  const reader = flushes(outbox)
  const told: [number, number][] = []
  const left = (frames: number, bytes: number): void => void told.push([frames, bytes])
  const count = 10_000
  for (let index = 0; index < count; index++) {
    outbox.push({ kind: 'publication', channel, topic: 't', payload: new Uint8Array(256) }, left)
  }
  expect(told).toEqual([])
  let [writes, came] = [0, 0]
  while (!outbox.empty) {
    const flushed = reader.flush()
    writes += flushed.writes
    came += flushed.frames.length
  }
  expect(came).toBe(count)
  expect(writes).toBeLessThan(80)
  expect(told.length).toBeLessThan(80)
  expect(told.reduce((sum, [frames]) => sum + frames, 0)).toBe(count)
  expect(told.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(count * 256)
})

test('what is queued is counted to the byte, and a thousand tiny writes to a stream cost little', () => {
  const outbox = new Outbox()
  for (let index = 0; index < 1_000; index++) outbox.push(data(2, 1))
  expect(outbox.queuedBytes).toBeLessThan(1_000 + 50)
  outbox.push({ kind: 'failure', channel, call: 1 as CallNumber, code: 'overloaded', reason: 'x'.repeat(90) })
  expect(outbox.replyBytes).toBeGreaterThan(90)
  outbox.push({ kind: 'notice', channel, payload: new Uint8Array(50_000) })
  let bytes = 0
  const before = outbox.queuedBytes
  while (!outbox.empty) outbox.flush(writeBytes, (part) => (bytes += part.byteLength))
  expect(bytes).toBe(before)
  expect([outbox.queuedBytes, outbox.queuedFrames, outbox.replyBytes, outbox.controlBytes]).toEqual([0, 0, 0, 0])
})

test('bytes that were handed over never change', () => {
  const outbox = new Outbox()
  const handed: { readonly bytes: Uint8Array; readonly copy: Uint8Array }[] = []
  for (let round = 0; round < 300; round++) {
    outbox.push({ kind: 'notice', channel, payload: new Uint8Array(round).fill(round) })
    outbox.push(data(2, 1 + ((round * 37) % 5_000)))
    if (round % 3 === 0) outbox.flush(20_000, (bytes) => void handed.push({ bytes, copy: new Uint8Array(bytes) }))
  }
  for (const { bytes, copy } of handed) expect(bytes).toEqual(copy)
})
