import type { Bench, Place, Timing } from '@flotilla/core/testing'
import { hostedGuests, pause, type HostedGuests } from './hosted-guests.ts'

const guestsOf = ({ quick = false }: Place): number => (quick ? 20 : 1_000)
const windowMsOf = ({ quick = false }: Place): number => (quick ? 200 : 30_000)

async function timed(place: Place, time: (guests: HostedGuests) => Promise<number>): Promise<Timing> {
  const guests = await hostedGuests(guestsOf(place))
  return { time: () => time(guests), stop: async () => await guests[Symbol.asyncDispose]() }
}

/** How much of the processor this process takes in a second, over a whole round of figures and two of beats. */
async function idling(windowMs: number): Promise<number> {
  const before = process.cpuUsage()
  await pause(windowMs)
  const { user, system } = process.cpuUsage(before)
  return ((user + system) / 1_000 / windowMs) * 1_000
}

async function asked({ host, count }: HostedGuests, orders: number): Promise<number> {
  const from = performance.now()
  for (let order = 0; order < orders; order++) {
    const vm = `vm${(order * 7) % count}`
    const { ending } = await host.order(vm, { command: 'ping', arguments: {}, actor: 'bench', timeoutMs: 10_000 })
    if (ending.type !== 'done') throw new Error(`${vm} answered ${JSON.stringify(ending)}`)
  }
  return (performance.now() - from) / orders
}

export const bench: Bench = {
  name: 'guests',
  summary:
    'One host in this process, and 1,000 guests in another one, each behind a Unix socket of its own, all settings ' +
    'at their defaults: figures every 30 s, beats every 15 s. Of the host only the processor time of its process ' +
    'counts; a round trip is one command that does nothing, one after the other.',
  figures: [],
  durations: [
    {
      metric: 'processor time of the host in one second, 1,000 guests that nobody looks at',
      ours: (place) => timed(place, () => idling(windowMsOf(place))),
      millisecondsMax: 100,
    },
    {
      metric: 'round trip of one command, while there are 1,000 guests',
      ours: (place) => timed(place, (guests) => asked(guests, place.quick === true ? 5 : 200)),
      millisecondsMax: 5,
    },
  ],
}
