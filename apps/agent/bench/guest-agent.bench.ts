import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { Bench, Duration, Place, TimedPeer, Timing } from '@flotilla/core/testing'
import { guestAvailability } from '../vm/lab/availability.ts'
import { LineClient } from '../vm/lab/line-client.ts'
import { AgentHere, packed } from './agent-here.ts'
import { qemuGa, type AgentInGuest, type Contestant, type Footprint } from './contestant.ts'
import { LastingGuests } from './lasting-guests.ts'
import { OwnHostOfGuest } from './own-host.ts'

/** One round of figures, and two of beats. */
const idleMs = 30_000
const idleMsQuick = 500
const settleMs = 10_000
const settleMsQuick = 500
const pings = 100
const bytesPerMb = 1e6

/** One guest for each side, kept from one figure to the next: booting takes longer than measuring. */
const guests = new LastingGuests()

interface Meeting {
  readonly agent: AgentInGuest
  readonly host: LineClient
}

/** The agent is started for this figure alone, met by hosts of the dialects that it speaks, and left to settle. */
async function meeting(
  contestant: Contestant,
  { quick = false }: Place,
  time: (meeting: Meeting) => Promise<number>,
): Promise<Timing> {
  const owned = new AsyncDisposableStack()
  const agent = await guests.borrow(contestant)
  owned.defer(() => guests.giveBack())
  await agent.start()
  owned.defer(() => agent.end())
  if (contestant === 'ours') owned.use(OwnHostOfGuest.meet(agent.guest))
  const host = owned.use(await agent.host())
  await host.ask('guest-info')
  await delay(quick ? settleMsQuick : settleMs)
  return { time: () => time({ agent, host }), stop: () => owned.disposeAsync() }
}

/** What it takes to be there, once it has done what it does at its start. */
function taking(contestant: Contestant, place: Place, amountOf: (footprint: Footprint) => number): Promise<Timing> {
  return meeting(contestant, place, async ({ agent }) => amountOf(await agent.footprint()))
}

/** What grows in a second while nobody asks for anything. */
function growing(contestant: Contestant, place: Place, amountOf: (footprint: Footprint) => number): Promise<Timing> {
  return meeting(contestant, place, async ({ agent }) => {
    const from = performance.now()
    const before = amountOf(await agent.footprint())
    await delay(place.quick === true ? idleMsQuick : idleMs)
    const after = amountOf(await agent.footprint())
    return ((after - before) / (performance.now() - from)) * 1_000
  })
}

/** Each round starts it anew. */
async function starting(
  contestant: Contestant,
  { quick = false }: Place,
  until: (agent: AgentInGuest) => Promise<void>,
): Promise<Timing> {
  const agent = await guests.borrow(contestant)
  const time = async (): Promise<number> => {
    const begun = performance.now()
    await agent.start()
    await until(agent)
    const tookMs = performance.now() - begun
    await agent.end()
    return tookMs
  }
  // The first start of a program reads more of it than the next.
  if (!quick) await time()
  return { time, stop: () => guests.giveBack() }
}

async function firstAnswer(agent: AgentInGuest): Promise<void> {
  await using host = await agent.host()
  await host.ask('guest-ping')
}

async function firstMetrics({ guest }: AgentInGuest): Promise<void> {
  await using host = OwnHostOfGuest.meet(guest)
  await host.firstMetricsAt
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

async function startingHere({ folder }: Place): Promise<Timing> {
  const script = await packed(folder)
  return { time: () => AgentHere.msUntilFirstMetrics(script, folder) }
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

/** Both sides of something that is done in a guest. */
function inGuest(
  metric: string,
  start: (contestant: Contestant, place: Place) => Promise<Timing>,
  amount?: NonNullable<Duration['amount']>,
): Duration {
  return {
    metric: `in a guest: ${metric}`,
    ours: (place) => start('ours', place),
    peers: [original('at the same port of such a guest', (place) => start('qemu-ga', place))],
    ...(amount === undefined ? {} : { amount }),
  }
}

const residentMb = ({ residentBytes }: Footprint): number => residentBytes / bytesPerMb
const privateMb = ({ privateBytes }: Footprint): number => privateBytes / bytesPerMb
const wakeups = ({ wakeups: count }: Footprint): number => count
const tenthsOfPercent = 10
/** A millisecond in a second is a tenth of a percent. */
const processorPercent = ({ processorMs }: Footprint): number => processorMs / tenthsOfPercent

const guestDurations: readonly Duration[] = [
  inGuest('guest-ping and its answer', (who, place) => meeting(who, place, ({ host }) => timePings(host))),
  inGuest('from the start of the process to its first answer', (who, place) => starting(who, place, firstAnswer)),
  {
    metric: 'in a guest: from the start of the process to its first metrics',
    ours: (place) => starting('ours', place, firstMetrics),
    millisecondsMax: 1_000,
  },
  inGuest('resident', (who, place) => taking(who, place, residentMb), { unit: 'MB', most: 60 }),
  inGuest('resident, of its own', (who, place) => taking(who, place, privateMb), { unit: 'MB', most: 25 }),
  inGuest('wake-ups, idle, with a host', (who, place) => growing(who, place, wakeups), { unit: '1/s', most: 10 }),
  inGuest('processor, idle, with a host', (who, place) => growing(who, place, processorPercent), {
    unit: '%',
    most: 0.3,
  }),
]

const { isThere } = await guestAvailability()

export const bench: Bench = {
  name: 'guest-agent',
  summary:
    'Our agent, the executable as it is installed, and the original: through a Unix socket, and in an emulated guest ' +
    '(TCG, two processors, everything in memory, no disk) where one can be started, whose times compare with each ' +
    'other only. Ours speaks to a host in both dialects, metrics every 30 s. For longer: ' +
    'node apps/agent/bench/footprint.ts.',
  figures: [],
  durations: [
    {
      metric: 'guest-ping and its answer, through a Unix socket',
      ours: (place) => pingingHere('ours', place),
      peers: [original('-m unix-listen', (place) => pingingHere('qemu-ga', place))],
      millisecondsMax: 5,
    },
    {
      metric: 'from the start of the process to its first metrics, through a Unix socket',
      ours: startingHere,
      millisecondsMax: 1_000,
    },
    ...(isThere ? guestDurations : []),
  ],
}
