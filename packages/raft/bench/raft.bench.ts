import type { Bench } from '@flotilla/core/testing'
import { bareLogPuts } from './bare-log-side.ts'
import { etcdPeer, etcdFailOver } from './etcd-side.ts'

export const bench: Bench = {
  name: 'raft',
  summary: 'X.',
  figures: [1, 64, 256].map((atOnce) => ({
    metric: `durable put, ${atOnce} clients`,
    unit: 'puts',
    ours: (place) => bareLogPuts(atOnce, place),
    peers: [etcdPeer('puts', atOnce)],
  })),
  durations: [{ metric: 'fail', ours: etcdFailOver.start as never, peers: [etcdFailOver] }],
}
