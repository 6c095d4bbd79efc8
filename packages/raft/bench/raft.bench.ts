import type { Bench } from '@flotilla/core/testing'
import type { Child } from '@flotilla/core/testing/node'
import { etcdFailOver, etcdPeer } from '../src/testing/node.ts'
import { bareLogPuts } from './bare-log-side.ts'
import { withVersion } from './installed-version.ts'
import { keyCount } from './work.ts'

const etcd = { client: new URL('etcd-client.ts', import.meta.url), library: withVersion('etcd3') }

export const bench: Bench = {
  name: 'raft',
  summary: 'The bare floor beside etcd; ours comes when it runs.',
  figures: [1, 64, 256].map((atOnce) => ({
    metric: `durable put of 256 B, ${atOnce} clients`,
    unit: 'puts',
    ours: (place) => bareLogPuts(atOnce, place),
    peers: [etcdPeer({ ...etcd, order: 'puts', atOnce, prepare: fillKeys })],
  })),
  durations: [],
}

function fillKeys(client: Child): Promise<unknown> {
  return client.ask('puts', { count: keyCount, atOnce: 64 })
}
void etcdFailOver
