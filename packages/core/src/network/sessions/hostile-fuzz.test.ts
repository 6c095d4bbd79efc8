import process from 'node:process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { turns } from '../../testing/memory-network/turns.ts'
import type { Channel, ChannelHandlers } from '../index.ts'
import { peer, ScriptedPeer } from './scripted-peer.ts'

const limits = {
  messageBytesMax: 1_024,
  messageBytesHeldMax: 2_048,
  requestsInFlightMax: 4,
  noticesQueuedMax: 4,
  streamsOpenMax: 5,
  streamWindowBytes: 1_024,
  streamHeaderBytesMax: 16,
  topicsSubscribedMax: 3,
  publicationsQueuedMax: 4,
}

const number = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 9 }) },
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 2_000 }) },
  fc.double(),
  fc.constantFrom(0.5, -0, Number.NaN, Infinity, 2 ** 53, 2 ** 31, Number.MAX_SAFE_INTEGER),
)
const text = fc.oneof({ weight: 9, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', '__proto__') }, fc.string())
const code = fc.oneof(
  fc.constantFrom('stream-reset', 'not-served', 'overloaded', 'remote-failed', 'too-large', 'closed'),
  fc.string(),
)
/** A kind that there is not, and some twice: what others depend on should come often. */
const kinds =
  'what notice publication subscribe subscribe unsubscribe request request answer failure cancel stream-open '
    .concat('stream-open stream-accept stream-data stream-data stream-credit stream-end stream-read stream-reset')
    .split(' ')
/** A frame with every field that any kind has. */
const frame = fc.record({
  kind: fc.constantFrom(...kinds),
  channel: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('a', 'b') }, text),
  topic: text,
  call: number,
  stream: number,
  window: number,
  room: number,
  code,
  reason: fc.oneof(fc.string(), fc.constant('x'.repeat(1_030))),
  /** Whether a request or an opening is numbered as it should be. */
  rightNumber: fc.boolean(),
  payload: fc.integer({ min: 0, max: 1_100 }).map((length) => new Uint8Array(length)),
})

type FrameDraw = typeof frame extends fc.Arbitrary<infer Draw> ? Draw : never

/** What the node does on its own between two frames, a step each. */
const deed = fc.record({ deed: fc.nat({ max: 9 }), length: fc.nat({ max: 1_024 }) })

/** Everything that one can do with a channel, in the course of which promises settle somehow. */
function handlersOf(swallow: (promise: Promise<unknown>) => void): ChannelHandlers {
  let served = 0
  return {
    notice: () => {},
    request: async ({ payload, signal }) => {
      served++
      if (served % 3 === 0) throw new Error('planned')
      if (served % 3 === 1) return payload
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    },
    stream: async (stream) => {
      served++
      if (served % 4 === 0) throw new Error('planned')
      swallow(stream.write(new Uint8Array(3_000)))
      if (served % 4 === 1) await stream.end()
      if (served % 4 === 2) for await (const _piece of stream) continue
      else await new Promise(() => {})
    },
  }
}

class Victim {
  readonly scripted: ScriptedPeer = new ScriptedPeer(limits)
  readonly #channels: Channel[]
  #lastCall = 0
  #lastStream = -1

  constructor() {
    this.#channels = ['a', 'b'].map((name) => this.scripted.network.open(name, handlersOf(this.#swallow)))
    for (const channel of this.#channels) channel.subscribe('a', ({ payload }) => void payload.fill(0))
  }

  readonly #swallow = (promise: Promise<unknown>): void => void promise.catch(() => {})

  act(what: number, length: number): void {
    const [channel] = this.#channels
    if (channel === undefined) return
    if (what < 2) this.#swallow(channel.request(peer, new Uint8Array(length), { timeoutMs: 5 }))
    else if (what < 4) this.#swallow(channel.openStream(peer).then((stream) => stream.write(new Uint8Array(length))))
    else if (what < 6) channel.publish('b', new Uint8Array(length))
    else if (what === 6) channel.notify(peer, new Uint8Array(length))
    else if (what === 7) this.scripted.clock.advance(3)
    else this.scripted.leave(length % 7)
  }

  /** What the victim finds wrong with that frame. */
  receive({ rightNumber, ...one }: FrameDraw): string | undefined {
    if (!rightNumber) return this.scripted.complaint(one)
    const numbers = {
      ...(one.kind === 'request' && { call: this.#lastCall + 1 }),
      ...(one.kind === 'stream-open' && { stream: this.#lastStream + 2, window: 500 }),
    }
    const complaint = this.scripted.complaint({ ...one, ...numbers })
    if (one.kind === 'request') this.#lastCall++
    if (one.kind === 'stream-open') this.#lastStream += 2
    return complaint
  }

  /** What is beyond its limits. */
  excesses(): readonly string[] {
    const { network, sent } = this.scripted
    const figures = network.figures(peer)
    const held: readonly (readonly [what: string, count: number | undefined, most: number])[] = [
      ['requests run', figures?.requestsRunning, limits.requestsInFlightMax],
      ['requests wait', figures?.requestsWaiting, limits.requestsInFlightMax],
      ['streams are open', figures?.streamsOpen, limits.streamsOpenMax],
      ['topics are subscribed to', figures?.topicsSubscribed, limits.topicsSubscribedMax],
      ['publications wait', figures?.publicationsWaiting, limits.publicationsQueuedMax],
      ['notices wait', figures?.noticesWaiting, limits.noticesQueuedMax],
      ...sent.map((one) => ['letters tell why', 'reason' in one ? one.reason.length : 0, 1_024] as const),
    ]
    return held.filter(([, count, most]) => !((count ?? Infinity) <= most)).map(([what, count]) => `${count} ${what}`)
  }
}

test('whatever frames come, in whatever order, nothing happens but protocol errors', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', note)
  const complaints = new Map<string, number>()
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 5, arbitrary: frame }, deed), { minLength: 60, maxLength: 200 }),
        async (steps) => {
          const victim = new Victim()
          for (const step of steps) {
            if ('deed' in step) victim.act(step.deed, step.length)
            else {
              const complaint = victim.receive(step)
              if (complaint !== undefined) complaints.set(complaint, (complaints.get(complaint) ?? 0) + 1)
            }
            await turns(3)
            expect(victim.excesses()).toEqual([])
          }
          const { network, clock } = victim.scripted
          victim.scripted.disconnect()
          await turns()
          expect([network.figures(peer), clock.timersWaiting]).toEqual([undefined, 0])
          expect(network.subscribers.of('a', 'b') ?? network.subscribers.of('c', 'd')).toBeUndefined()
          victim.scripted.leave()
        },
      ),
      { numRuns: 200 },
    )
  } finally {
    process.off('unhandledRejection', note)
  }
  expect(unhandled).toEqual([])
  // The run is worth something only if it came around.
  expect(complaints.size).toBeGreaterThanOrEqual(20)
})
