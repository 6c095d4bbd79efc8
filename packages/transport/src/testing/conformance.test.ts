import type { ClusterId } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import type { NetworkLimits } from '@flotilla/core/network'
import { Prng } from '@flotilla/core/random'
import { ManualClock, networkConformance, type NetworkHarness } from '@flotilla/core/testing'
import { describe, expect, test } from 'vitest'
import { createTransport } from '../driver.ts'
import type { Transport } from '../transport.ts'
import { memoryFacts } from './memory-facts.ts'
import { MemoryLinkWorld, type MemoryLinkWeather } from './memory-links.ts'

const ids = ['a', 'b', 'c'] as NodeId[]
const turnsMax = 50_000
const settlingTurns = 200
/** Before something is asked for the first time: what waits in queues has left by then. */
const turnsBefore = 20
const stepMs = 250
const addressOf = (id: NodeId) => ({ host: id, port: 1 })

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

interface Bed {
  readonly clock: ManualClock
  readonly prng: Prng
  readonly limits: NetworkLimits
  readonly errors: unknown[]
}

async function joined(world: MemoryLinkWorld, { clock, prng, limits, errors }: Bed): Promise<Map<NodeId, Transport>> {
  const transports = new Map<NodeId, Transport>()
  for (const id of ids) {
    const links = world.links({ facts: memoryFacts(id), clock, address: addressOf(id) })
    const transport = await createTransport({
      self: { id, cluster: 'fc1memory' as ClusterId },
      links,
      clock,
      entropy: { bytes: (length) => prng.bytes(length) },
      networkLimits: limits,
      turnEnd: queueMicrotask,
      onHandlerError: ({ error }) => errors.push(error),
    })
    transports.set(id, transport)
  }
  return transports
}

/** Everybody is to be connected with everybody from whom he is not cut off. */
function retargetAll(world: MemoryLinkWorld, of: (id: NodeId) => Transport): void {
  for (const id of ids) {
    const others = ids.filter((other) => other !== id && !world.isCut(id, other))
    of(id).setTargets(others.map((other) => ({ id: other, addresses: [addressOf(other)] })))
  }
}

/** Three transports over links in memory; time stands still unless it is told to pass, or the weather takes time. */
async function harnessOver(weather: Partial<MemoryLinkWeather>, limits: NetworkLimits): Promise<NetworkHarness> {
  const clock = new ManualClock()
  const prng = new Prng(7)
  const world = new MemoryLinkWorld({ prng, weather })
  const passMs = weather.delayMs === undefined ? 0 : 1
  const errors: unknown[] = []
  const transports = await joined(world, { clock, prng, limits, errors })
  const of = (id: NodeId): Transport => transports.get(id) as Transport
  const closed = new AbortController()
  const live = async (): Promise<void> => {
    while (!closed.signal.aborted) {
      clock.advance(passMs)
      await turn()
    }
  }
  void live()
  const until = async (what: string, condition: () => boolean, turnsLeast = turnsBefore): Promise<void> => {
    for (let turns = 0; turns < turnsLeast || !condition(); turns++) {
      if (turns === turnsMax) throw new Error(`it did not come to pass that ${what}`)
      await turn()
    }
  }
  const settle = async (): Promise<void> => {
    for (let turns = 0; turns < settlingTurns; turns++) await turn()
  }
  const retarget = (): void => retargetAll(world, of)
  const lists = (one: NodeId, other: NodeId): boolean =>
    of(one).network.peers().includes(other) && of(other).network.peers().includes(one)
  retarget()
  await until('all are connected', () => ids.every((one) => ids.every((other) => one === other || lists(one, other))))
  return {
    nodes: [of('a' as NodeId).network, of('b' as NodeId).network, of('c' as NodeId).network],
    stranger: 'nobody' as NodeId,
    until,
    settle,
    async elapse(durationMs) {
      for (let left = durationMs; left > 0; left -= stepMs) {
        clock.advance(Math.min(left, stepMs))
        for (let turns = 0; turns < 5; turns++) await turn()
      }
      await settle()
    },
    close: async (id) => of(id)[Symbol.asyncDispose](),
    async cut(one, other) {
      world.reset(one, other)
      world.cut(one, other)
      retarget()
      await until(
        'they are cut',
        () => ![of(one), of(other)].some(({ network }) => network.peers().includes(one === network.self ? other : one)),
      )
    },
    async heal(one, other) {
      world.heal(one, other)
      retarget()
      const connectedOrLater = (): boolean => {
        if (!lists(one, other)) clock.advance(1)
        return lists(one, other)
      }
      await until('they are connected', connectedOrLater, 0)
    },
    handlerErrors: () => errors,
    async [Symbol.asyncDispose]() {
      await Promise.all([...transports.values()].map((transport) => transport[Symbol.asyncDispose]()))
      closed.abort()
    },
  }
}

const weathers: readonly { readonly name: string; readonly weather: Partial<MemoryLinkWeather> }[] = [
  { name: 'in clear weather', weather: {} },
  { name: 'in tiny pieces', weather: { pieceBytesMax: 7 } },
  {
    name: 'through small buffers, with delays',
    weather: { delayMs: [0, 3], socketBufferBytes: 1_000, pieceBytesMax: 900 },
  },
]

describe.for(weathers)('$name', ({ weather }) => {
  test.for(networkConformance((limits) => harnessOver(weather, limits)))('$name', async ({ run }) => {
    await expect(run()).resolves.toBeUndefined()
  })
})
