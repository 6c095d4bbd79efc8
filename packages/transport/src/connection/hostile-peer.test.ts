import type { ClusterId } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import { validateNetworkLimits } from '@flotilla/core/network'
import type { CallNumber, Frame, StreamNumber } from '@flotilla/core/network/sessions'
import { expect, test } from 'vitest'
import type { TransportOptions } from '../driver.ts'
import { FrameDecoder } from '../frames/frame-decoder.ts'
import type { WireFrame } from '../frames/wire.ts'
import type { TransportLimits } from '../limits.ts'
import type { Link } from '../links.ts'
import { Outbox } from '../outbox/outbox.ts'
import { MemoryMesh } from '../testing/memory-mesh.ts'
import type { Transport } from '../transport.ts'
import { frameLimits, helloOf, type Hello } from './hello.ts'

const greeter = {
  id: 'mallory' as NodeId,
  cluster: 'fc1memory' as ClusterId,
  life: new Uint8Array(16),
  compression: '',
  limits: frameLimits(validateNetworkLimits()),
}
const channel = 'c'

function onWire(frames: readonly Frame[], prepare: (outbox: Outbox) => void = () => {}): Uint8Array[] {
  const outbox = new Outbox()
  prepare(outbox)
  for (const frame of frames) outbox.push(frame)
  const parts: Uint8Array[] = []
  while (!outbox.empty) outbox.flush(65_536, (part) => void parts.push(part))
  return parts
}

/** Somebody with a certificate who writes what he likes. */
class Mallory {
  readonly heard: WireFrame[] = []
  closed = false
  readonly #link: Link

  constructor(link: Link) {
    this.#link = link
    const decoder = new FrameDecoder({ limits: greeter.limits, take: (frame) => void this.heard.push(frame) })
    const handlers = {
      data: (bytes: Uint8Array) => decoder.push(bytes),
      drained: () => {},
      closed: () => void (this.closed = true),
    }
    link.start(handlers)
  }

  get goodbye(): string | undefined {
    return this.heard.flatMap((frame) => (frame.kind === 'goodbye' ? [frame.goodbye.code] : []))[0]
  }

  greet(changes: Partial<Hello> = {}): void {
    this.write([], (outbox) => outbox.hello({ ...helloOf(greeter), ...changes }))
  }

  write(frames: readonly Frame[], prepare?: (outbox: Outbox) => void): void {
    for (const part of onWire(frames, prepare)) this.#link.write(part)
  }

  deaf(): void {
    this.#link.pause()
  }

  hear(): void {
    this.#link.resume()
  }
}

async function met(
  limits: Partial<TransportLimits> = {},
  options: Partial<TransportOptions> = {},
): Promise<[MemoryMesh, Transport, Mallory]> {
  const mesh = new MemoryMesh({ socketBufferBytes: 10_000 })
  const victim = await mesh.node('victim', { limits, ...options })
  const link = await mesh.dialAs('mallory', 'victim')
  return [mesh, victim, new Mallory(link)]
}

const call = (number: number): CallNumber => number as CallNumber

test.for<readonly [string, string | undefined, (mallory: Mallory) => void]>([
  ['greets as somebody else', 'wrong-identity', (mallory) => mallory.greet({ id: 'victim' })],
  ['greets from another cluster', 'wrong-identity', (mallory) => mallory.greet({ cluster: 'fc1other' })],
  ['greets with half a life', 'wrong-identity', (mallory) => mallory.greet({ life: new Uint8Array(8) })],
  ['speaks only what comes later', 'version', (mallory) => mallory.greet({ versionLeast: 2, versionMost: 9 })],
  ['speaks before it greets', 'protocol', (mallory) => mallory.write([{ kind: 'cancel', channel, call: call(1) }])],
  [
    'says goodbye before it greets',
    undefined,
    (mallory) => mallory.write([], (box) => box.goodbye({ code: 'closing', reason: '' })),
  ],
])('who %s is not connected', async ([, code, misbehave]) => {
  const [mesh, victim, mallory] = await met()
  misbehave(mallory)
  await mesh.settle()
  expect([victim.network.peers(), mallory.goodbye, mallory.closed]).toEqual([[], code, true])
  await mesh.close(victim)
})

test('who greets twice, or not by the rules of sessions, is closed and kept out for a while', async () => {
  for (const misbehave of [
    (mallory: Mallory) => mallory.greet(),
    (mallory: Mallory) => mallory.write([{ kind: 'request', channel, call: call(0), payload: new Uint8Array() }]),
  ]) {
    const [mesh, victim, mallory] = await met()
    mallory.greet()
    await mesh.settle()
    expect(victim.network.peers()).toEqual(['mallory'])
    mallory.write([{ kind: 'request', channel, call: call(1), payload: new Uint8Array() }])
    misbehave(mallory)
    await mesh.settle()
    expect([victim.network.peers(), mallory.goodbye]).toEqual([[], 'protocol'])
    expect(victim.bans()).toMatchObject([{ peer: 'mallory' }])
    await mesh.close(victim)
  }
})

test('who does not greet is closed when its time is over, and holds no place any more', async () => {
  const [mesh, victim, mallory] = await met({ pendingIncomingMax: 1 })
  await mesh.pass(4_900)
  expect(mallory.closed).toBe(false)
  await mesh.pass(200)
  expect(mallory.closed).toBe(true)
  const next = new Mallory(await mesh.dialAs('mallory', 'victim'))
  next.greet()
  await mesh.settle()
  expect(victim.network.peers()).toEqual(['mallory'])
  await mesh.close(victim)
})

test('who does not read what it is told is not read from, and goes on where it was when it reads again', async () => {
  const replyBytesHighWater = 50_000
  const [mesh, victim, mallory] = await met({ replyBytesHighWater, replyBytesMax: 2 ** 30 })
  mallory.greet()
  await mesh.settle()
  mallory.deaf()
  const asked = 20_000
  // Nobody serves the channel: each costs a refusal.
  for (let number = 1; number <= asked; number++) {
    mallory.write([{ kind: 'request', channel, call: call(number), payload: new Uint8Array() }])
  }
  await mesh.settle()
  const [figures] = victim.figures().peers
  expect(figures?.messagesIn).toBeLessThan(asked / 4)
  expect(figures?.queuedBytes).toBeLessThan(3 * replyBytesHighWater)
  mallory.hear()
  await mesh.pass(3_000)
  expect(victim.figures().peers[0]?.messagesIn).toBe(asked)
  expect(mallory.heard.filter(({ kind }) => kind === 'failure')).toHaveLength(asked)
  await mesh.close(victim)
})

test('who never reads is given up, whether it says something or not', async () => {
  const [mesh, victim, mallory] = await met({ replyBytesHighWater: 10_000, stallAfterMs: 20_000 })
  mallory.greet()
  await mesh.settle()
  mallory.deaf()
  for (let number = 1; number <= 5_000; number++) {
    mallory.write([{ kind: 'request', channel, call: call(number), payload: new Uint8Array() }])
  }
  await mesh.pass(15_000)
  expect(victim.network.peers()).toEqual(['mallory'])
  await mesh.pass(10_000)
  expect(victim.network.peers()).toEqual([])
  await mesh.close(victim)
})

test('a flood of pings that nobody reads the answers of ends the connection', async () => {
  const [mesh, victim, mallory] = await met({ controlBytesMax: 8_192 })
  mallory.greet()
  await mesh.settle()
  mallory.deaf()
  for (let number = 0; number < 50; number++) {
    mallory.write([], (outbox) => {
      for (let ping = 0; ping < 1_000; ping++) outbox.beat('ping', ping)
    })
  }
  await mesh.settle(100)
  expect(victim.network.peers()).toEqual([])
  await mesh.close(victim)
})

test('streams that are opened and reset in a loop hold nothing', async () => {
  const [mesh, victim, mallory] = await met({ replyBytesHighWater: 50_000 })
  victim.network.open(channel, { stream: async (stream) => stream.reset('no') })
  mallory.greet()
  await mesh.settle()
  for (let number = 0; number < 10_000; number += 2) {
    const stream = number as StreamNumber
    mallory.write([
      { kind: 'stream-open', channel, stream, window: 1_000, payload: new Uint8Array(10) },
      { kind: 'stream-reset', channel, stream, code: 'stream-reset', reason: 'ha' },
    ])
    if (number % 200 === 0) await mesh.settle(1)
  }
  await mesh.settle()
  expect(victim.network.peers()).toEqual(['mallory'])
  expect(victim.figures().peers[0]?.queuedBytes).toBeLessThan(1_000)
  await mesh.close(victim)
})

test('who talks faster than allowed is slowed down, and nothing of it is lost', async () => {
  const [mesh, victim, mallory] = await met({}, { sessionRate: { sessionMessagesPerSecondMax: 1_000 } })
  let came = 0
  victim.network.open(channel, { notice: () => void came++ })
  mallory.greet()
  await mesh.settle()
  const startMs = mesh.clock.now()
  for (let batch = 0; batch < 30; batch++) {
    mallory.write(Array.from({ length: 100 }, (): Frame => ({ kind: 'notice', channel, payload: new Uint8Array(1) })))
  }
  await mesh.pass(1_000)
  expect(came).toBeLessThan(1_500)
  expect(mesh.clock.now() - startMs).toBeLessThan(2_000)
  await mesh.pass(3_000)
  expect(came).toBe(3_000)
  expect(victim.network.peers()).toEqual(['mallory'])
  await mesh.close(victim)
})
