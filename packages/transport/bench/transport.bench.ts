import type { Bench } from '@flotilla/core/testing'
import { bareStream } from './bare-pair.ts'
import { natsPeer } from './nats-pair.ts'
import { ourPublications, ourRequests, ourStream, ourTrickle } from './our-pair.ts'
import { zeromqPeer } from './zeromq-pair.ts'

/** What our frame adds to 256 B is about as much. */
const bareFrameBytes = 264
const trickleMessages = 2_000

export const bench: Bench = {
  name: 'transport',
  summary:
    'Two nodes, each end in a process of its own, over mutual TLS 1.3, certificates and all. The peers do the same ' +
    'work without encryption, but for the bare socket of node:tls.',
  figures: [
    {
      metric: 'request and reply of 256 B, 64 in flight',
      unit: 'requests',
      ours: () => ourRequests(64),
      peers: [natsPeer(64)],
      goal: 3,
    },
    {
      metric: 'publish and subscribe, 256 B',
      unit: 'messages',
      ours: ourPublications,
      peers: [zeromqPeer],
      floor: {
        name: 'frames as long over a bare socket of node:tls, 256 to a write, not looked at',
        start: () => bareStream(bareFrameBytes, 256 * bareFrameBytes),
      },
      goal: 2,
    },
    {
      metric: 'one stream',
      unit: 'MiB',
      ours: ourStream,
      peers: [
        {
          name: `a bare socket of node:tls, Node ${process.versions.node}`,
          settings: 'writes of 256 KiB, as ours',
          start: () => bareStream(2 ** 20, 256 * 2 ** 10),
        },
      ],
      goal: 0.7,
    },
  ],
  durations: [
    {
      metric: '99th percentile of 1,000 messages a second, from when each is due, while a stream saturates the link',
      ours: () => ourTrickle(trickleMessages),
      millisecondsMax: 5,
    },
  ],
}
