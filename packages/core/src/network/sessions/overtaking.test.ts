import { expect, test } from 'vitest'
import { unreachable } from '../../errors/index.ts'
import type { NodeId } from '../../ids/index.ts'
import { Prng } from '../../random/index.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { turns } from '../../testing/memory-network/turns.ts'
import { content, equal } from '../../testing/network-conformance/content.ts'
import { validateNetworkLimits, type Channel } from '../index.ts'
import { codeOf } from './scripted-peer.ts'
import type { Frame } from './frame.ts'
import type { Left, SendFrame } from './session-context.ts'
import { SessionNetwork } from './session-network.ts'

const limits = validateNetworkLimits({
  messageBytesMax: 1_024,
  messageBytesHeldMax: 3_000,
  requestsInFlightMax: 4,
  streamsOpenMax: 3,
  streamWindowBytes: 1_024,
  topicsSubscribedMax: 2,
  publicationsQueuedMax: 5,
})

/** One way of a connection, where frames overtake each other as far as `SendFrame` allows it, and leave at any time. */
class OvertakingWay {
  readonly #random: Prng
  readonly #receive: (frame: Frame) => void
  /** Frames of one group, oldest first. */
  readonly #groups = new Map<string, Frame[]>()
  /** Numbers the frames that may overtake whatever they like. */
  #alone = 0
  readonly #unsent: { readonly left: Left; readonly bytes: number }[] = []

  constructor(random: Prng, receive: (frame: Frame) => void) {
    this.#random = random
    this.#receive = receive
  }

  readonly send: SendFrame = (frame, left) => {
    const own = 'payload' in frame ? { ...frame, payload: new Uint8Array(frame.payload) } : frame
    const named = groupOf(frame)
    const group = named === 'alone' ? `alone ${this.#alone++}` : named
    this.#groups.set(group, [...(this.#groups.get(group) ?? []), own])
    if (left !== undefined) this.#unsent.push({ left, bytes: 'payload' in own ? own.payload.byteLength : 0 })
  }

  get idle(): boolean {
    return this.#groups.size === 0 && this.#unsent.length === 0
  }

  step(): void {
    const leaving = this.#random.chance(1, 2) ? this.#unsent.shift() : undefined
    leaving?.left(1, leaving.bytes)
    if (this.#groups.size === 0) return
    const [group, [frame, ...rest]] = this.#random.pick([...this.#groups])
    if (rest.length > 0) this.#groups.set(group, rest)
    else this.#groups.delete(group)
    if (frame !== undefined) this.#receive(frame)
  }
}

function groupOf(frame: Frame): string {
  const { kind } = frame
  switch (kind) {
    case 'request':
    case 'answer':
    case 'failure':
    case 'cancel':
      return 'calls'
    case 'stream-open':
    case 'stream-accept':
    case 'stream-reset':
      return 'openings'
    case 'stream-data':
    case 'stream-end':
      return `stream ${frame.stream}`
    case 'subscribe':
    case 'unsubscribe':
      return 'subscriptions'
    case 'publication':
      return 'publications'
    case 'notice':
    case 'stream-credit':
    case 'stream-read':
      return 'alone'
    default:
      return unreachable(kind, 'kind')
  }
}

/** Does something with a peer; what comes of it, some documented code or nothing, settles sooner or later. */
function act(channel: Channel, peer: NodeId, random: Prng, subscriptions: Disposable[]): Promise<string> {
  const cancel = new AbortController()
  if (random.chance(1, 4)) queueMicrotask(() => cancel.abort(new Error('given up')))
  const { signal } = cancel
  const bytes = content(random.below(1_024), 1)
  switch (random.below(6)) {
    case 0:
      channel.notify(peer, bytes)
      break
    case 1:
      for (let times = 0; times < 8; times++) channel.publish(random.pick(['red', 'blue', 'green']), bytes)
      break
    case 2:
      return codeOf(() => {
        subscriptions.push(channel.subscribe(random.pick(['red', 'blue', 'green']), () => {}))
      })
    case 3:
      subscriptions.splice(0, 1)[0]?.[Symbol.dispose]()
      break
    case 4:
      return codeOf(() => channel.request(peer, bytes, { timeoutMs: random.between(1, 100), signal }))
    default:
      return codeOf(async () => {
        const stream = await channel.openStream(peer, { signal })
        await stream.write(content(random.below(4_000), 1))
        if (random.chance(1, 3)) return stream.reset('enough')
        const read = async (): Promise<void> => {
          for await (const _piece of stream) if (random.chance(1, 10)) stream.reset('enough')
        }
        await Promise.all([stream.end(), read()])
      })
  }
  return Promise.resolve('no error')
}

async function live(seed: number): Promise<ReadonlySet<string>> {
  const random = new Prng(seed)
  const clock = new ManualClock()
  const ids = ['one', 'other'] as NodeId[]
  const onHandlerError = ({ error }: { readonly error: unknown }): never => expect.fail(String(error))
  const networks = ids.map((self) => new SessionNetwork({ self, limits, clock, onHandlerError }))
  const [one, other] = networks
  if (one === undefined || other === undefined) throw new Error('there are two')
  const ways = [
    new OvertakingWay(random.split('to other'), (frame) => other.receive(one.self, frame)),
    new OvertakingWay(random.split('to one'), (frame) => one.receive(other.self, frame)),
  ]
  one.connected(other.self, 0, (ways[0] as OvertakingWay).send)
  other.connected(one.self, 1, (ways[1] as OvertakingWay).send)
  const sides = networks.map((network, side) => ({
    subscriptions: [] as Disposable[],
    peer: (side === 0 ? other : one).self,
    channel: network.open('name', {
      request: async ({ payload }) => payload,
      stream: async (stream) => {
        for await (const piece of stream) expect(piece.byteLength).toBeGreaterThan(0)
        await stream.write(content(3_000, 2))
        await stream.end()
      },
      notice: (_from, payload) => expect(equal(payload, content(payload.byteLength, 1))).toBe(true),
    }),
  }))
  const outcomes: Promise<string>[] = []
  for (let step = 0; step < 800; step++) {
    const { channel, peer, subscriptions } = random.pick(sides)
    if (random.chance(1, 6)) outcomes.push(act(channel, peer, random, subscriptions))
    else random.pick(ways).step()
    if (random.chance(1, 50)) clock.advance(random.below(50))
    await turns(3)
  }
  for (let quiet = 0; quiet < 5; quiet = ways.every(({ idle }) => idle) ? quiet + 1 : 0) {
    for (const way of ways) way.step()
    clock.advance(1)
    await turns()
  }
  return new Set(await Promise.all(outcomes))
}

test('however frames overtake each other, as they may, honest peers never take each other for hostile', async () => {
  const codes = new Set<string>()
  for (let seed = 1; seed <= 60; seed++) {
    try {
      for (const code of await live(seed)) codes.add(code)
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error })
    }
  }
  // Whatever failed did so for one of these reasons, and all of them came up.
  expect([...codes].toSorted()).toEqual(['Error: given up', 'closed', 'deadline-exceeded', 'no error', 'overloaded'])
})
