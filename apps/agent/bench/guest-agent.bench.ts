import { existsSync } from 'node:fs'
import type { Bench, Place, TimedPeer, Timing } from '@flotilla/core/testing'
import { AgentInGuest, qemuGa, type Contestant } from './contestant.ts'

const idleMs = 60_000
const idleMsQuick = 2_000
const pings = 100
/** 0.3 % of a minute. */
const idleProcessorMsMax = 180

async function running(contestant: Contestant): Promise<AgentInGuest> {
  const agent = await AgentInGuest.boot(contestant)
  await agent.start()
  return agent
}

async function pinging(contestant: Contestant): Promise<Timing> {
  const agent = await running(contestant)
  const host = await agent.host()
  return {
    time: async () => {
      const begun = performance.now()
      for (let count = 0; count < pings; count++) await host.ask('guest-ping')
      return (performance.now() - begun) / pings
    },
    stop: async () => {
      await host[Symbol.asyncDispose]()
      await agent[Symbol.asyncDispose]()
    },
  }
}

async function idling(contestant: Contestant, { quick = false }: Place): Promise<Timing> {
  const agent = await running(contestant)
  const host = await agent.host()
  const spanMs = quick ? idleMsQuick : idleMs
  return {
    time: async () => {
      const before = await agent.footprint()
      await agent.guest.run(`sleep ${spanMs / 1_000}`)
      const after = await agent.footprint()
      return ((after.processorMs - before.processorMs) * idleMs) / spanMs
    },
    stop: async () => {
      await host[Symbol.asyncDispose]()
      await agent[Symbol.asyncDispose]()
    },
  }
}

async function starting(contestant: Contestant): Promise<Timing> {
  const agent = await AgentInGuest.boot(contestant)
  return {
    time: async () => {
      const begun = performance.now()
      await agent.start()
      const host = await agent.host()
      const tookMs = performance.now() - begun
      await host[Symbol.asyncDispose]()
      await agent.end()
      return tookMs
    },
    stop: () => agent[Symbol.asyncDispose](),
  }
}

function debians(start: (place: Place) => Promise<Timing>): TimedPeer {
  return {
    name: "qemu-ga, Debian's",
    settings: 'at the same port of such a guest',
    start: (place) => (existsSync(qemuGa) ? start(place) : undefined),
  }
}

export const bench: Bench = {
  name: 'guest-agent',
  summary:
    'Our agent and the original in an emulated guest (TCG, two processors), so times compare with each other only. ' +
    'Memory and wake-ups: `node apps/agent/bench/footprint.ts`.',
  figures: [],
  durations: [
    {
      metric: 'guest-ping and its answer',
      ours: () => pinging('ours'),
      peers: [debians(() => pinging('qemu-ga'))],
    },
    {
      metric: 'processor time of an idle minute with a host',
      ours: (place) => idling('ours', place),
      peers: [debians((place) => idling('qemu-ga', place))],
      millisecondsMax: idleProcessorMsMax,
    },
    {
      metric: 'from the start of the process to its first answer',
      ours: () => starting('ours'),
      peers: [debians(() => starting('qemu-ga'))],
    },
  ],
}
