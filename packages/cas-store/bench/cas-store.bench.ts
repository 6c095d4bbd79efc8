import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, Duration, Place, TimedPeer, Timing } from '@flotilla/core/testing'
import { borgSide } from './borg.ts'
import { withStore, type Contestant } from './contestant.ts'
import { randomFile, smallFiles } from './corpus.ts'
import { ourSide } from './our-side.ts'
import { resticSide } from './restic.ts'
import { firstLineOf, type CommandTimes } from './timed-command.ts'

const largeBytes = 2 ** 30
const largeBytesQuick = 2 ** 24
const smallCount = 20_000
const smallCountQuick = 500

/** What is timed, once the source is there and an empty store. */
type Work = (contestant: Contestant, store: string, source: string) => Promise<CommandTimes>

const putting: Work = (contestant, store, source) => contestant.put(store, source)

const puttingAgain: Work = async (contestant, store, source) => {
  await contestant.put(store, source)
  return contestant.put(store, source)
}

const puttingKnown: Work = async (contestant, store, source) => {
  await contestant.put(store, source)
  return contestant.putKnown === undefined ? contestant.put(store, source) : contestant.putKnown(store, source)
}

const getting: Work = async (contestant, store, source) => {
  await contestant.put(store, source)
  const into = await mkdtemp(join(source, '../restored-'))
  try {
    return await contestant.get(store, source, into)
  } finally {
    await rm(into, { recursive: true, force: true })
  }
}

const restic: Peer = {
  name: named('restic', 'version'),
  command: 'restic',
  words: ['version'],
  contestant: resticSide,
  settings: 'local repository',
}
const borg: Peer = {
  name: named('borg', '--version'),
  command: 'borg',
  words: ['--version'],
  contestant: borgSide,
  settings: 'repokey',
}

interface Peer {
  readonly name: string
  readonly command: string
  readonly words: readonly string[]
  readonly contestant: Contestant
  readonly settings: string
}

export const bench: Bench = {
  name: 'cas-store',
  summary:
    'Backup programs and our store on one disk, each with a new store each time. The programs are started, do one ' +
    'thing and end; our store is opened, does it and is closed, in a process that runs all the time, as the daemon ' +
    'does, and has put 256 MiB before. All is durable when ours is done. 1 GiB of random bytes, or 20,000 files.',
  figures: [],
  durations: [
    compared('put of 1 GiB, random', large, putting, 'wallMs', [[restic, 2]]),
    compared('processor time of that put', large, putting, 'processorMs', [[borg, 1]]),
    compared('put of the same file again', large, puttingAgain, 'wallMs', [[restic, undefined]]),
    {
      metric: 'put of content that is there, read and cut again',
      ours: (place) => ourTiming(large, puttingKnown, 'wallMs', place),
      peers: [{ name: 'our first put, cas-store 0.1', start: (place) => ourTiming(large, putting, 'wallMs', place) }],
      goal: 4,
    },
    compared('get of 1 GiB into a file', large, getting, 'wallMs', [[restic, 1.5]]),
    compared('put of 20,000 files of 4 KiB, random', small, putting, 'wallMs', [[restic, 2]]),
  ],
}

/** As it calls itself: `restic 0.14.0`. */
function named(command: string, ...words: readonly string[]): string {
  const [name, version] = (firstLineOf(command, ...words) ?? '').split(' ')
  return name === undefined || version === undefined ? `${command} (not installed)` : `${name} ${version}`
}

type Source = (place: Place) => Promise<string>

async function large({ folder, quick = false }: Place): Promise<string> {
  const path = join(folder, 'source.bin')
  await randomFile(path, quick ? largeBytesQuick : largeBytes)
  return path
}

async function small({ folder, quick = false }: Place): Promise<string> {
  const path = join(folder, 'source')
  await mkdir(path)
  await smallFiles(path, quick ? smallCountQuick : smallCount)
  return path
}

function compared(
  metric: string,
  source: Source,
  work: Work,
  measure: keyof CommandTimes,
  against: readonly (readonly [Peer, number | undefined])[],
): Duration {
  const [goal] = against.map(([, most]) => most)
  return {
    metric,
    ours: (place) => ourTiming(source, work, measure, place),
    peers: against.map(([peer]) => timedPeer(peer, source, work, measure)),
    ...(goal === undefined ? {} : { goal }),
  }
}

function timedPeer(peer: Peer, source: Source, work: Work, measure: keyof CommandTimes): TimedPeer {
  return {
    name: peer.name,
    settings: peer.settings,
    start(place) {
      if (firstLineOf(peer.command, ...peer.words) === undefined) return undefined
      return timing(peer.contestant, source, work, measure, place)
    },
  }
}

async function ourTiming(source: Source, work: Work, measure: keyof CommandTimes, place: Place): Promise<Timing> {
  return timing(await ourSide(place), source, work, measure, place)
}

async function timing(
  contestant: Contestant,
  source: Source,
  work: Work,
  measure: keyof CommandTimes,
  place: Place,
): Promise<Timing> {
  const path = await source(place)
  return {
    time: () =>
      withStore(contestant, place.folder, async (store) => {
        const times = await work(contestant, store, path)
        return times[measure]
      }),
    stop: () => contestant.stop?.(),
  }
}
