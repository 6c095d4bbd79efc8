import type { Bench, Figure } from '@flotilla/core/testing'
import type { Child } from '@flotilla/core/testing/node'
import { bareLogPuts } from './bare-log-side.ts'
import { etcdFailOver, etcdPeer } from '../src/testing/node.ts'
import { withVersion } from './installed-version.ts'
import { ourCalls, ourFailOver, ourIdleSecond, ourTransfer } from './our-side.ts'
import { putsToManyGroups } from './many-groups.ts'
import { etcdWarmUp } from './work.ts'

const etcd = { client: new URL('etcd-client.ts', import.meta.url), library: withVersion('etcd3') }

export const bench: Bench = {
  name: 'raft',
  summary:
    'Three members and a client, each a process, over the loopback interface and one disk; a write is answered when ' +
    'a majority has synced it. Ours over mutual TLS 1.3 with exactly-once sessions; etcd without either. Our nodes ' +
    'run with the flags of our daemon, all clients with none.',
  figures: [puts(1, 1.5), puts(64, 6), puts(256, 10), reads(64, 5)],
  durations: [
    {
      metric: 'until writes are accepted again after `kill -9` of the leader',
      ours: ourFailOver,
      peers: [etcdFailOver(etcd)],
      millisecondsMax: 1_000,
    },
    {
      metric: 'until writes are accepted again after a planned transfer of leadership, begun by the leader',
      ours: ourTransfer,
      millisecondsMax: 300,
    },
    {
      metric: 'processor time of one second of one node with 1,000 idle groups',
      ours: ourIdleSecond,
      millisecondsMax: 20,
    },
  ],
  curves: [
    {
      metric:
        'a put to one group after the other of a node that is alone, in memory, 64 at a time; memory of all groups',
      items: 'groups',
      start: putsToManyGroups,
    },
  ],
}

function puts(atOnce: number, goal: number): Figure {
  return {
    metric: `durable put of 256 B, ${atOnce} ${atOnce === 1 ? 'client' : 'clients'}`,
    unit: 'puts',
    ours: (place) => ourCalls('puts', atOnce, place),
    peers: [etcdPeer({ ...etcd, order: 'puts', atOnce, prepare: warmEtcdUp })],
    floor: {
      name: 'a bare replicated log: three processes, TLS, group commit, no elections, nothing looked at',
      start: (place) => bareLogPuts(atOnce, place),
    },
    goal,
  }
}

function reads(atOnce: number, goal: number): Figure {
  return {
    metric: `linearizable read of 256 B, ${atOnce} clients`,
    unit: 'reads',
    ours: (place) => ourCalls('reads', atOnce, place),
    peers: [etcdPeer({ ...etcd, order: 'reads', atOnce, prepare: warmEtcdUp })],
    goal,
  }
}

/** So that every read finds something, too. */
function warmEtcdUp(client: Child): Promise<unknown> {
  return client.ask('puts', etcdWarmUp)
}
