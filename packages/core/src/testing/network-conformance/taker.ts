import assert from 'node:assert/strict'
import { FlotillaError } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import type { ByteStream, Channel, Network } from '../../network/index.ts'
import type { NetworkHarness } from './harness.ts'

export interface Taker {
  readonly channel: Channel
  /** Those that came, in order. */
  readonly streams: readonly ByteStream[]
  /** Lets the handlers of all of them return, and those of later ones at once. */
  readonly release: () => void
}

/** A channel that answers requests, and takes streams and leaves them to the case. */
export function taker(node: Network, name: string): Taker {
  const streams: ByteStream[] = []
  const released = Promise.withResolvers<void>()
  const channel = node.open(name, {
    request: async () => new Uint8Array(),
    stream: async (stream) => {
      streams.push(stream)
      await released.promise
    },
  })
  return { channel, streams, release: released.resolve }
}

/** Both ends of a new stream to a taker. */
export async function pair(
  { until }: NetworkHarness,
  opening: Promise<ByteStream>,
  taken: readonly ByteStream[],
): Promise<readonly [near: ByteStream, far: ByteStream]> {
  const before = taken.length
  const near = await opening
  await until('the stream is taken', () => taken.length > before)
  return [near, taken[before] as ByteStream]
}

/** Opens a stream as soon as the limit allows it. */
export async function openWhenRoom({ settle }: NetworkHarness, channel: Channel, to: NodeId): Promise<ByteStream> {
  const triesMax = 50
  for (let tries = 1; ; tries++) {
    try {
      return await channel.openStream(to)
    } catch (error) {
      assert.ok(error instanceof FlotillaError && error.code === 'overloaded' && tries < triesMax, String(error))
      await settle()
    }
  }
}

/** What may be under way at both ends of a stream and wait: reads while nobody writes, writes while nobody reads. */
export const waitingKinds: readonly ((stream: ByteStream, windowBytes: number) => readonly Promise<unknown>[])[] = [
  (stream) => [stream[Symbol.asyncIterator]().next()],
  (stream, windowBytes) => [stream.write(new Uint8Array(2 * windowBytes)), stream.end()],
]
