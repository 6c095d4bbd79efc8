import type { NodeId } from '@flotilla/core/ids'
import type { ByteStream } from '@flotilla/core/network'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { pushReplyCodec } from './codec.ts'
import { FrameStream } from './frame-stream.ts'
import type { BatchNumber, PushReply } from './messages.ts'

/** What is written to it comes out of it, as if in pieces of drawn sizes. */
class Loop implements ByteStream {
  readonly peer = 'peer' as NodeId
  readonly header = new Uint8Array(0)
  readonly written: Uint8Array[] = []
  readonly random: Prng
  isStuck = false
  resets = 0
  #wasReset: ((error: Error) => void) | undefined
  #isEnded = false
  #bytesRead = 0
  onPiece: () => void = () => {}

  constructor(seed: number) {
    this.random = new Prng(seed)
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.isStuck) return new Promise((_, reject) => (this.#wasReset = reject))
    this.written.push(Uint8Array.from(bytes))
    return Promise.resolve()
  }

  end(): Promise<void> {
    this.#isEnded = true
    return Promise.resolve()
  }

  reset(reason: string): void {
    this.resets++
    this.#wasReset?.(new Error(`reset: ${reason}`))
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array, undefined> {
    throw new Error('what belongs somewhere is not read in pieces')
  }

  async readInto(target: Uint8Array, { onProgress }: { readonly onProgress?: () => void } = {}): Promise<number> {
    const all = Uint8Array.from(this.written.flatMap((piece) => [...piece]))
    const coming = all.subarray(this.#bytesRead, this.#bytesRead + target.length)
    for (let start = 0; start < coming.length;) {
      const piece = coming.subarray(start, start + 1 + this.random.below(40_000))
      target.set(piece, start)
      start += piece.length
      this.onPiece()
      onProgress?.()
    }
    this.#bytesRead += coming.length
    if (coming.length === target.length || this.#isEnded) return coming.length
    return new Promise((_, reject) => (this.#wasReset = reject))
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.reset('disposed')
    return Promise.resolve()
  }
}

function frames(stream: ByteStream, clock: ManualClock = new ManualClock()): FrameStream<PushReply, PushReply> {
  return new FrameStream({ stream, clock, incoming: pushReplyCodec, outgoing: pushReplyCodec })
}

const taken = (batch: number): PushReply => ({ type: 'taken', batch: batch as BatchNumber })

describe('a stream of frames', () => {
  test.for([1, 2, 3])('brings messages and the bytes behind them, however they are cut, seed %i', async (seed) => {
    const loop = new Loop(seed)
    const sizes = [0, 1, 100, 40_000, 32_768, 70_000, 3]
    const bytes = sizes.map((size, index) => loop.random.split(String(index)).bytes(size))
    await frames(loop).send(taken(1), 1_000, bytes)
    await frames(loop).send(taken(2), 1_000)
    await loop.end()
    const incoming = frames(loop)
    expect(await incoming.next(1_000)).toEqual(taken(1))
    const all = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0))
    await incoming.readInto(all, 1_000)
    expect(all.join()).toBe(
      bytes
        .map((each) => each.join())
        .filter((text) => text !== '')
        .join(),
    )
    expect(await incoming.next(1_000)).toEqual(taken(2))
    expect(await incoming.next(1_000)).toBeUndefined()
  })

  test('writes long bytes as they are, and short ones together', async () => {
    const loop = new Loop(1)
    const pieces = [...Array.from({ length: 10 }, () => new Uint8Array(1_000)), new Uint8Array(50_000)]
    await frames(loop).send(taken(1), 1_000, pieces)
    expect(loop.written.length).toBe(2)
    expect(loop.written[1]?.length).toBe(50_000)
  })

  test('that ends in the midst of a message is malformed', async () => {
    for (const length of [2, 6]) {
      const loop = new Loop(1)
      await frames(loop).send(taken(1), 1_000)
      loop.written[0] = (loop.written[0] as Uint8Array).subarray(0, length)
      await loop.end()
      await expect(frames(loop).next(1_000)).rejects.toMatchObject({ code: 'malformed' })
    }
  })

  test('refuses a message without content, and one that is too long', async () => {
    for (const head of [
      [0, 0, 0, 0],
      [255, 0, 0, 0],
    ]) {
      const loop = new Loop(1)
      await loop.write(Uint8Array.from(head))
      await expect(frames(loop).next(1_000)).rejects.toMatchObject({ code: 'too-large' })
    }
  })

  test('is reset when nothing comes for too long', async () => {
    const clock = new ManualClock()
    const waiting = frames(new Loop(1), clock).next(1_000)
    waiting.catch(() => {})
    await Promise.resolve()
    clock.advance(1_000)
    await expect(waiting).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })

  test('may take as long as it likes, as long as something comes', async () => {
    const clock = new ManualClock()
    const loop = new Loop(1)
    const sent = loop.random.bytes(1_000_000)
    await loop.write(sent)
    loop.onPiece = () => clock.advance(999)
    const target = new Uint8Array(sent.length)
    await frames(loop, clock).readInto(target, 1_000)
    expect([loop.resets, target.every((byte, index) => byte === sent[index])]).toEqual([0, true])
  })

  test('is reset when nothing is read for too long', async () => {
    const clock = new ManualClock()
    const loop = new Loop(1)
    loop.isStuck = true
    const sending = frames(loop, clock).send(taken(1), 1_000)
    sending.catch(() => {})
    clock.advance(999)
    clock.advance(1)
    await expect(sending).rejects.toMatchObject({ code: 'deadline-exceeded' })
  })

  test('that is disposed of leaves no timer', async () => {
    const clock = new ManualClock()
    const stream = frames(new Loop(1), clock)
    const waiting = stream.next(1_000)
    waiting.catch(() => {})
    await stream[Symbol.asyncDispose]()
    expect(clock.timersWaiting).toBe(0)
  })
})
