import { join } from 'node:path'
import type { Bench, Place, Timing } from '@flotilla/core/testing'
import { etcd, memoryOf, ours, processorOf, startNode } from './idle-trio.ts'
import { listening, nameOf, program } from './processes.ts'

/** From the start of the process to when it says that it is ready, on a data folder that there is. */
async function startingOurs({ folder }: Place): Promise<Timing> {
  const start = async (): Promise<number> => {
    const begunAt = performance.now()
    await using daemon = startNode(join(folder, 'node'), 'ann')
    await daemon.ready()
    const took = performance.now() - begunAt
    await daemon.stop()
    return took
  }
  await start()
  return { time: start }
}

/** From the start of the process to when it listens. */
async function startingOther(name: string, port: number, words: readonly string[]): Promise<Timing | undefined> {
  const start = async (): Promise<number | undefined> => {
    const begunAt = performance.now()
    await using other = await program(name, words)
    if (other === undefined) return undefined
    await listening(port)
    return performance.now() - begunAt
  }
  if ((await start()) === undefined) return undefined
  return { time: async () => (await start()) ?? NaN }
}

const etcdWords = ({ folder }: Place): readonly string[] => [
  `--data-dir=${join(folder, 'etcd')}`,
  '--log-level=error',
  '--listen-client-urls=http://127.0.0.1:23799',
  '--advertise-client-urls=http://127.0.0.1:23799',
  '--listen-peer-urls=http://127.0.0.1:23798',
]

async function wholeTiming(timing: Promise<Timing | undefined>): Promise<Timing> {
  const found = await timing
  if (found === undefined) throw new Error('our own nodes did not start')
  return found
}

export const bench: Bench = {
  name: 'daemon',
  summary:
    "Whole nodes as `flotilla up` runs them: packed where the set-up has packed them, Node's compile cache warm. " +
    'Idle are three nodes of one cluster on this machine, a minute after each was started again; of etcd three ' +
    'members of one cluster. All threads count. A start of etcd or nats-server ends when it listens.',
  figures: [],
  durations: [
    {
      metric: 'from the start of the process to ready',
      ours: startingOurs,
      peers: [
        { name: nameOf('etcd'), start: (place) => startingOther('etcd', 23_799, etcdWords(place)) },
        {
          name: nameOf('nats-server'),
          start: () => startingOther('nats-server', 24_222, ['-p', '24222', '-a', '127.0.0.1']),
        },
      ],
      millisecondsMax: 1_500,
    },
    {
      metric: 'resident memory of the largest of three idle nodes',
      ours: (place) => wholeTiming(memoryOf(ours)(place)),
      peers: [{ name: nameOf('etcd'), start: memoryOf(etcd) }],
      amount: { unit: 'MiB', most: 120 },
    },
    {
      metric: 'processor time of three idle nodes together, in a second',
      ours: (place) => wholeTiming(processorOf(ours)(place)),
      peers: [{ name: nameOf('etcd'), start: processorOf(etcd) }],
      millisecondsMax: 10,
    },
  ],
}
