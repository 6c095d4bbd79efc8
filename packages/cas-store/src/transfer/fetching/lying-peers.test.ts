import { FlotillaError } from '@flotilla/core/errors'
import { sleep } from '@flotilla/core/time'
import { describe, expect, test } from 'vitest'
import type { IdentifiedBlob, LeftOutReason } from '../contract.ts'
import { digestOf, TransferWorld, type WorldNode } from '../doubles/node-transfer-world.ts'
import { answerWith, rightBytes, StrangePeer, type Answering } from '../doubles/strange-peer.ts'

const contentBytes = 60_000

interface Scene {
  readonly world: TransferWorld
  /** Has the blob. */
  readonly honest: WorldNode
  readonly reader: WorldNode
  readonly content: Uint8Array
  readonly blob: IdentifiedBlob
}

async function scene(): Promise<Scene & AsyncDisposable> {
  const world = new TransferWorld({ settings: { silenceMs: 2_000 } })
  const [honest, reader] = [await world.node('honest'), await world.node('reader')]
  const content = world.content(contentBytes)
  const blob = await honest.put(content)
  return { world, honest, reader, content, blob, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() }
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(bytes)
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1
  return copy
}

const strangers: readonly {
  readonly name: string
  readonly reason: LeftOutReason
  readonly answering: (scene: Scene) => Answering
}[] = [
  {
    name: 'flips one bit of one chunk',
    reason: 'lying',
    answering:
      ({ honest }) =>
      async (frames, ask) => {
        const [first, ...others] = await rightBytes(honest, ask)
        await answerWith(frames, ask, [flipped(first as Uint8Array), ...others])
      },
  },
  {
    name: 'gives right bytes under other ids',
    reason: 'lying',
    answering:
      ({ honest }) =>
      async (frames, ask) => {
        const bytes = await rightBytes(honest, { ...ask, wanted: ask.wanted.toReversed() })
        await answerWith(frames, ask, ask.wanted.length === 1 ? [flipped(bytes[0] as Uint8Array)] : bytes)
      },
  },
  {
    name: 'gives an empty chunk for each',
    reason: 'lying',
    answering: () => async (frames, ask) =>
      answerWith(
        frames,
        ask,
        ask.wanted.map(() => new Uint8Array(0)),
      ),
  },
  {
    name: 'announces a chunk without end',
    reason: 'lying',
    answering: () => async (frames, ask) => {
      const lengths = ask.wanted.map(() => 2 ** 31)
      await frames.send({ type: 'answer', batch: ask.batch, lengths }, 1_000)
      for (;;) await frames.send({ type: 'answer', batch: ask.batch, lengths }, 1_000, [new Uint8Array(65_536)])
    },
  },
  {
    name: 'gives more chunks than were asked for',
    reason: 'lying',
    answering:
      ({ honest }) =>
      async (frames, ask) => {
        const bytes = await rightBytes(honest, ask)
        await answerWith(frames, ask, [...bytes, ...bytes])
      },
  },
  {
    name: 'answers another batch',
    reason: 'lying',
    answering:
      ({ honest }) =>
      async (frames, ask) => {
        const batch = (ask.batch + 7) as typeof ask.batch
        await answerWith(frames, { ...ask, batch }, await rightBytes(honest, ask))
      },
  },
  {
    name: 'answers what is no message',
    reason: 'lying',
    answering: () => async (_frames, _ask, stream) => stream.write(Uint8Array.of(0, 0, 0, 3, 1, 2, 3)),
  },
  {
    name: 'announces a message without end',
    reason: 'lying',
    answering: () => async (_frames, _ask, stream) => stream.write(new Uint8Array(16).fill(255)),
  },
  {
    name: 'ends in the midst of an answer',
    reason: 'lying',
    answering: () => async (frames, ask, stream) => {
      await frames.send({ type: 'answer', batch: ask.batch, lengths: ask.wanted.map(({ size }) => size) }, 1_000)
      await stream.end()
    },
  },
  { name: 'says nothing', reason: 'slow', answering: () => async () => new Promise(() => {}) },
  {
    name: 'vanishes in the midst of an answer',
    reason: 'gone',
    answering:
      ({ honest }) =>
      async (frames, ask) => {
        const bytes = await rightBytes(honest, ask)
        const lengths = bytes.map(({ length }) => length)
        await frames.send({ type: 'answer', batch: ask.batch, lengths }, 1_000, bytes.slice(0, 1))
        throw new FlotillaError('gone', 'and away')
      },
  },
  { name: 'lacks everything', reason: 'lacking', answering: () => lackEverything },
]

const lackEverything: Answering = async (frames, ask) => {
  await frames.send({ type: 'answer', batch: ask.batch, lengths: ask.wanted.map(() => null) }, 1_000)
}

describe('beside an honest peer, one that', () => {
  test.for(strangers)('$name does no harm', async ({ answering, reason }) => {
    await using setting = await scene()
    const { world, honest, reader, content, blob } = setting
    const stranger = new StrangePeer(world, 'stranger', answering(setting))
    await using source = reader.transfer.source(() => [stranger.id, honest.id])
    expect(await world.outcome(reader.digest(blob, source))).toBe(digestOf(content))
    expect(source.report.bytesByPeer.get(honest.id)).toBeGreaterThanOrEqual(content.length)
    expect(stranger.asks.length).toBeGreaterThan(0)
    // Who lacks chunks or says nothing is left out in the end; the other one may have given everything before.
    const mayStay = reason === 'lacking' || reason === 'slow'
    expect(source.report.leftOut.get(stranger.id) ?? (mayStay ? reason : undefined)).toBe(reason)
    expect(reader.lies.length).toBe(reason === 'lying' ? 1 : 0)
  })

  test.for(strangers)('$name, in a pull, does no harm', async ({ answering, reason }) => {
    await using setting = await scene()
    const { world, honest, reader, content, blob } = setting
    const stranger = new StrangePeer(world, 'stranger', answering(setting))
    await world.outcome(reader.transfer.pull(blob, () => [stranger.id, honest.id]))
    expect(await reader.digest(blob)).toBe(digestOf(content))
    expect(reader.lies.length).toBe(reason === 'lying' ? 1 : 0)
  })

  test.for(strangers)('$name, alone, gives nothing', async ({ answering }) => {
    await using setting = await scene()
    const { world, reader, blob } = setting
    const stranger = new StrangePeer(world, 'stranger', answering(setting))
    await using source = reader.transfer.source(() => [stranger.id])
    await expect(world.outcome(reader.digest(blob, source))).rejects.toMatchObject({ code: 'unavailable' })
    await expect(world.outcome(reader.transfer.pull(blob, () => [stranger.id]))).rejects.toMatchObject({
      code: 'unavailable',
    })
    expect(await reader.has(blob)).toBe(false)
  })
})

describe('a peer that is', () => {
  test('a liar once is not asked again by the same source', async () => {
    await using setting = await scene()
    const { world, honest, reader, blob } = setting
    const stranger = new StrangePeer(world, 'stranger', async (frames, ask) => {
      const bytes = await rightBytes(honest, ask)
      await answerWith(frames, ask, bytes.map(flipped))
    })
    await using source = reader.transfer.source(() => [stranger.id, honest.id])
    await world.outcome(reader.digest(blob, source))
    const asked = stranger.asks.length
    await world.outcome(reader.digest(blob, source))
    expect(stranger.asks.length).toBe(asked)
  })

  test('slow among fast ones holds nobody up, and is left out', async () => {
    await using setting = await scene()
    const { world, honest, reader, content, blob } = setting
    const stranger = new StrangePeer(world, 'stranger', async (frames, ask) => {
      await sleep(world.clock, 1_500)
      await answerWith(frames, ask, await rightBytes(honest, ask))
    })
    await using source = reader.transfer.source(() => [stranger.id, honest.id])
    expect(await world.outcome(reader.digest(blob, source))).toBe(digestOf(content))
    expect(source.report.bytesByPeer.get(honest.id)).toBeGreaterThan(content.length * 0.9)
    expect(reader.lies).toEqual([])
  })

  test('slow and alone is waited for', async () => {
    await using setting = await scene()
    const { world, honest, reader, content, blob } = setting
    const stranger = new StrangePeer(world, 'stranger', async (frames, ask) => {
      await sleep(world.clock, 1_500)
      await answerWith(frames, ask, await rightBytes(honest, ask))
    })
    await using source = reader.transfer.source(() => [stranger.id])
    expect(await world.outcome(reader.digest(blob, source))).toBe(digestOf(content))
  })
})
