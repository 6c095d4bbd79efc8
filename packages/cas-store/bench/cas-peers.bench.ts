import type { Bench, Place, TimedPeer } from '@flotilla/core/testing'
import { bareSockets } from './peers/bare-sockets.ts'
import { ourBringing, ourReading } from './peers/our-peers.ts'

const bytesOf = ({ quick = false }: Place): number => (quick ? 2 ** 24 : 2 ** 28)

const bare: TimedPeer = {
  name: `a bare socket of node:tls, Node ${process.versions.node}`,
  settings: 'TLS 1.3, certificates on both sides, writes of 256 KiB; nothing is read from a disk, verified or kept',
  start: (place) => bareSockets(bytesOf(place)),
}

export const bench: Bench = {
  name: 'cas-peers',
  summary:
    'Random content from one store to another, each in a process of its own, over mutual TLS 1.3 on one machine: the ' +
    'one reads packs and decrypts, the other verifies each chunk; when it is brought, the other encrypts and keeps ' +
    'it too, on the same disk.',
  figures: [],
  durations: [
    {
      metric: 'read 256 MiB of a peer, verified',
      ours: (place) => ourReading(place, bytesOf(place)),
      peers: [bare],
      goal: 0.6,
    },
    {
      metric: 'bring 256 MiB to a peer, durable there',
      ours: (place) => ourBringing(place, bytesOf(place)),
      peers: [bare],
      goal: 0.6,
    },
  ],
}
