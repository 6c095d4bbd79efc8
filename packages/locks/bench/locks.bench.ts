import type { Bench, Figure, Place, Running } from '@flotilla/core/testing'
import { etcdPeer } from '@flotilla/raft/testing/node'
import { TestProcesses } from '@flotilla/transport/testing/node'
import { withVersion } from './installed-version.ts'

/** Rounds are short, and the code of five processes is hot only after a second or two. */
const warmUp = { count: 6_000, atOnce: 16 }
const etcdWarmUp = { count: 600, atOnce: 16 }

export const bench: Bench = {
  name: 'locks',
  summary:
    'Three members and a client, each a process, over the loopback interface and one disk. The locks are free: what ' +
    'is measured is the way there and back. Ours over mutual TLS 1.3; a lock of etcd by its Node client is a lease ' +
    'of its own and a key.',
  figures: [lockAndUnlock(1), lockAndUnlock(16, 10)],
}

function lockAndUnlock(atOnce: number, goal?: number): Figure {
  return {
    metric: `uncontended lock and unlock, ${atOnce} ${atOnce === 1 ? 'client' : 'clients'}`,
    unit: 'pairs',
    ours: (place) => ourLocks(atOnce, place),
    peers: [
      etcdPeer({
        client: new URL('etcd-client.ts', import.meta.url),
        library: withVersion('etcd3'),
        order: 'locks',
        atOnce,
        prepare: (client) => client.ask('locks', etcdWarmUp),
      }),
    ],
    ...(goal === undefined ? {} : { goal }),
  }
}

async function ourLocks(atOnce: number, { folder, quick = false }: Place): Promise<Running> {
  const cluster = await TestProcesses.start({
    member: new URL('our-node.ts', import.meta.url),
    count: 3,
    client: new URL('our-client.ts', import.meta.url),
    folder,
    open: (voters) => voters,
  })
  if (!quick) await cluster.client.ask('locks', warmUp)
  return {
    async work(count) {
      await cluster.client.ask('locks', { count, atOnce })
      return count
    },
    stop: () => cluster[Symbol.asyncDispose](),
  }
}
