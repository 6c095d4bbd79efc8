import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Bench, Duration, Place, TimedPeer, Timing } from '@flotilla/core/testing'
import { guestAvailability } from '../vm/lab/availability.ts'
import { LineClient } from '../vm/lab/line-client.ts'
import { AgentHere } from './agent-here.ts'
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
    time: () => timePings(host),
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

/** Without a guest, on this machine itself: what the agents cost, without the emulation. */
async function pingingHere(contestant: Contestant, { folder }: Place): Promise<Timing> {
  const agent = await AgentHere.start(contestant, folder)
  const host = await LineClient.open(agent.socket)
  await host.synchronise()
  return {
    time: () => timePings(host),
    stop: async () => {
      await host[Symbol.asyncDispose]()
      await agent[Symbol.asyncDispose]()
    },
  }
}

async function timePings(host: LineClient): Promise<number> {
  const begun = performance.now()
  for (let count = 0; count < pings; count++) await host.ask('guest-ping')
  return (performance.now() - begun) / pings
}

function original(settings: string, start: (place: Place) => Promise<Timing>): TimedPeer {
  return { name: qemuGaName(), settings, start: (place) => (existsSync(qemuGa) ? start(place) : undefined) }
}

/** `QEMU Guest Agent 7.2.22` */
function qemuGaName(): string {
  const { stdout } = spawnSync(qemuGa, ['--version'], { encoding: 'utf8' })
  return typeof stdout === 'string' && stdout !== '' ? stdout.trim() : 'qemu-ga, not installed'
}

const inGuest = 'at the same port of such a guest'

const { isThere } = await guestAvailability()

const guestDurations: readonly Duration[] = [
  {
    metric: 'in a guest: guest-ping and its answer',
    ours: () => pinging('ours'),
    peers: [original(inGuest, () => pinging('qemu-ga'))],
  },
  {
    metric: 'in a guest: processor time of an idle minute with a host',
    ours: (place) => idling('ours', place),
    peers: [original(inGuest, (place) => idling('qemu-ga', place))],
    millisecondsMax: idleProcessorMsMax,
  },
  {
    metric: 'in a guest: from the start of the process to its first answer',
    ours: () => starting('ours'),
    peers: [original(inGuest, () => starting('qemu-ga'))],
  },
]

export const bench: Bench = {
  name: 'guest-agent',
  summary:
    'Our agent and the original: through a Unix socket, and in an emulated guest (TCG, two processors) where one can ' +
    'be started, whose times compare with each other only. Memory and wake-ups: node apps/agent/bench/footprint.ts.',
  figures: [],
  durations: [
    {
      metric: 'guest-ping and its answer, through a Unix socket',
      ours: (place) => pingingHere('ours', place),
      peers: [original('-m unix-listen', (place) => pingingHere('qemu-ga', place))],
      millisecondsMax: 5,
    },
    ...(isThere ? guestDurations : []),
  ],
}
