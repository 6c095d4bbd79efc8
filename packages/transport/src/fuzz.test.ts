import type { ClusterId } from '@flotilla/certificates'
import { ProtocolError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { Frame } from '@flotilla/core/network/sessions'
import { Prng } from '@flotilla/core/random'
import { ManualClock } from '@flotilla/core/testing'
import { expect, test } from 'vitest'
import { frameLimits, helloCodec, helloOf } from './connection/hello.ts'
import { createTransport } from './driver.ts'
import { FrameDecoder } from './frames/frame-decoder.ts'
import { Outbox } from './outbox/outbox.ts'
import type { Link } from './links.ts'
import { zstdCompression } from './node-zstd.ts'
import { memoryFacts } from './testing/memory-facts.ts'
import { MemoryLinkWorld } from './testing/memory-links.ts'
import { mutated } from './testing/mutations.ts'
import { sampleFrames } from './testing/sample-frames.ts'
import type { Transport } from './transport.ts'
import { validateNetworkLimits } from '@flotilla/core/network'

/** Mutations of the decoder; a hundredth of it are connections, each with a hundred frames. */
const rounds = Number(process.env['FLOTILLA_FUZZ_ROUNDS'] ?? 100_000)
const seed = Number(process.env['FLOTILLA_FUZZ_SEED'] ?? 1)
/** Several times what waits for the garbage collector, and far less than what goes through. */
const grownBytesMax = 256 * 2 ** 20
const roundsPerTurn = 1_000
const writeBytes = 128 * 2 ** 10
const networkLimits = validateNetworkLimits({ messageBytesMax: 65_536, messageBytesHeldMax: 262_144 })
const greeter = {
  id: 'mallory' as NodeId,
  cluster: 'fc1memory' as ClusterId,
  life: new Uint8Array(16),
  compression: 'zstd',
  limits: frameLimits(networkLimits),
}

function onWire(frames: readonly Frame[], prepare: (outbox: Outbox) => void = () => {}): Uint8Array {
  const outbox = new Outbox()
  prepare(outbox)
  for (const frame of frames) outbox.push(frame)
  const bytes: number[] = []
  while (!outbox.empty) outbox.flush(writeBytes, (part) => bytes.push(...part))
  return Uint8Array.from(bytes)
}

const corpus: readonly Uint8Array[] = [
  ...sampleFrames.map((frame) => onWire([frame])),
  onWire(sampleFrames),
  onWire([], (outbox) => outbox.beat('ping', 7)),
  onWire([], (outbox) => outbox.hello(helloOf(greeter))),
  onWire(sampleFrames, (outbox) => (outbox.compression = zstdCompression({ bytesMin: 64 }))),
  helloCodec.encode(helloOf(greeter)),
]

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

test(`${rounds} mutations of frames, seed ${seed}: each is decoded or refused, and nothing is kept`, async () => {
  const prng = new Prng(seed)
  const compression = zstdCompression({ bytesMin: 64 })
  const heldBefore = process.memoryUsage().arrayBuffers
  const tally = { taken: 0, refused: 0 }
  for (let round = 0; round < rounds; round++) {
    if (round % roundsPerTurn === 0) await turn() // Memory outside the heap is given back between turns.
    const decoder = new FrameDecoder({ limits: greeter.limits, take: () => void tally.taken++ })
    decoder.compression = compression
    try {
      for (let pieces = prng.between(1, 4); pieces > 0; pieces--) decoder.push(mutated(prng, corpus))
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      tally.refused++
    }
  }
  expect(process.memoryUsage().arrayBuffers - heldBefore).toBeLessThan(grownBytesMax)
  expect(tally.taken).toBeGreaterThan(rounds / 10)
  expect(tally.refused).toBeGreaterThan(rounds / 10)
})

/** Lives on time that stands still, so that nothing ends by itself. */
class HostileWorld {
  readonly clock = new ManualClock()
  readonly world: MemoryLinkWorld
  readonly #prng: Prng

  constructor(prng: Prng) {
    this.#prng = prng
    this.world = new MemoryLinkWorld({ prng: prng.split('world'), weather: { pieceBytesMax: 500 } })
  }

  node(id: string): Promise<Transport> {
    const facts = memoryFacts(id as NodeId)
    return createTransport({
      self: facts,
      links: this.world.links({ facts, clock: this.clock, address: { host: id, port: 1 } }),
      clock: this.clock,
      entropy: { bytes: (length) => this.#prng.bytes(length) },
      networkLimits,
      limits: { protocolErrorBanMs: 0, incomingPerAddressBurst: 100_000 },
      compression: zstdCompression({ bytesMin: 64 }),
      turnEnd: queueMicrotask,
    })
  }

  async pass(turns = 3): Promise<void> {
    for (; turns > 0; turns--) {
      this.clock.advance(0)
      await turn()
    }
  }

  /** A link of somebody who has a certificate, and does with it what he likes. */
  async dial(to: string): Promise<Link> {
    const mallory = { facts: memoryFacts(greeter.id), clock: this.clock, address: { host: greeter.id, port: 1 } }
    const { signal } = new AbortController()
    const dialling = this.world.links(mallory).dial({ host: to, port: 1 }, { signal })
    await this.pass()
    return dialling
  }
}

test(`whole connections that send mutated frames, seed ${seed}: honest peers are served all along`, async () => {
  const prng = new Prng(seed)
  const hostile = new HostileWorld(prng)
  await using victim = await hostile.node('victim')
  await using honest = await hostile.node('honest')
  for (const { network } of [victim, honest]) {
    network.open('fuzz', {
      request: async ({ payload }) => payload,
      stream: async (stream) => {
        for await (const piece of stream) await stream.write(piece)
        await stream.end()
      },
      notice: () => {},
    })
  }
  const asking = honest.network.open('asking', {})
  await using _answering = victim.network.open('asking', { request: async ({ payload }) => payload })
  honest.setTargets([{ id: 'victim' as NodeId, addresses: [{ host: 'victim', port: 1 }] }])
  await hostile.pass(10)
  const heldBefore = process.memoryUsage().arrayBuffers
  const stopped = new AbortController()
  const living = (async () => {
    while (!stopped.signal.aborted) await hostile.pass(1)
  })()

  for (let round = 0; round < rounds / 100; round++) {
    const link = await hostile.dial('victim')
    const isDeaf = prng.chance(1, 4)
    link.start({ data: () => {}, drained: () => {}, closed: () => {} })
    if (isDeaf) link.pause()
    link.write(onWire([], (outbox) => outbox.hello(helloOf(greeter))))
    for (let pieces = 100; pieces > 0; pieces--) link.write(mutated(prng, corpus))
    await hostile.pass(2)
    link.destroy()
    if (round % 20 !== 0) continue
    const answer = await asking.request('victim' as NodeId, Uint8Array.of(round & 0xff), { timeoutMs: 1_000 })
    expect(answer).toEqual(Uint8Array.of(round & 0xff))
  }
  stopped.abort()
  await living
  await hostile.pass(10)
  expect(victim.network.peers()).toEqual(['honest'])
  expect(victim.figures().refusals['protocol']).toBeGreaterThan(0)
  expect(process.memoryUsage().arrayBuffers - heldBefore).toBeLessThan(grownBytesMax)
  // What was begun is ended in the midst of a running clock, or the test would wait for ever.
  const closing = Promise.all([victim[Symbol.asyncDispose](), honest[Symbol.asyncDispose]()])
  await hostile.pass(50)
  await closing
})
