import type { Bench, Duration, Place, TimedPeer, Timing } from '@flotilla/core/testing'
import { collecting, firstCollection } from './our-collection.ts'
import { exporterName, scraping } from './peers/node-exporter.ts'
import { listing, psName } from './peers/ps.ts'
import { askingATown } from './town.ts'
import { Sleepers } from './sleepers.ts'

const processesInAll = 500
const sleepers = new Sleepers(processesInAll)

const many = ({ quick = false }: Place): number => (quick ? 5 : 100)

/** While there are 500 processes, most of them asleep. */
async function among<Found extends Timing | undefined>(start: () => Found | Promise<Found>): Promise<Found> {
  await sleepers.acquire()
  const timing = await start()
  if (timing === undefined) {
    await sleepers.release()
    return timing
  }
  return {
    ...timing,
    async stop() {
      await timing.stop?.()
      await sleepers.release()
    },
  }
}

function exporter(): TimedPeer {
  return {
    name: exporterName(),
    settings: 'its default collectors and --collector.processes, which counts processes and does not list them',
    start: (place) => among(() => scraping(many(place))),
  }
}

function ps(): TimedPeer {
  return {
    name: psName(),
    settings: 'no figures of the machine; its start is counted, of ten in a row',
    start: () => among(() => listing(10)),
  }
}

function collection(what: string, detail: 'none' | 'all'): Duration {
  return {
    metric: `processor time of one collection, ${what}`,
    ours: (place) => among(() => collecting(detail, many(place))),
    peers: [exporter(), ps()],
    millisecondsMax: 5,
  }
}

export const bench: Bench = {
  name: 'procmon',
  summary:
    `One reading of the machine and of all its processes, of which there are ${processesInAll}, one ` +
    'right after the other; ours by a clock that moves on a second each time, so that what is looked at every few ' +
    'seconds is so in as many of them as in real life. What is timed is the processor time of who ' +
    'collects, user and system; whoever asks ' +
    'node_exporter does not count.',
  figures: [],
  durations: [
    collection('everything, with open files and disk traffic of each process', 'all'),
    collection('without these', 'none'),
    { metric: 'processor time of the very first collection', ours: () => among(firstCollection) },
    {
      metric: 'the 20 busiest of 20 machines with 500 processes each, all in one process',
      ours: ({ quick = false }) => askingATown(quick ? 3 : 20, quick ? 50 : 500),
      millisecondsMax: 100,
    },
  ],
}
