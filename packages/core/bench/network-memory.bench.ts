import type { NodeId } from '@flotilla/core/ids'
import { memoryHub, type Bench, type Running } from '@flotilla/core/testing'
import { nodeClock } from '@flotilla/core/time/node'
import { outstanding } from './operation.ts'

const payload = new Uint8Array(256)
/** Sent in one turn, fewer than may wait for one peer. */
const noticesAtOnce = 1_000

function notices(): Running {
  const hub = memoryHub({ clock: nodeClock() })
  const [from, to] = [hub.join('from' as NodeId), hub.join('to' as NodeId)]
  let missing = 0
  let received = Promise.withResolvers<void>()
  to.network.open('bench', {
    notice() {
      if (--missing === 0) received.resolve()
    },
  })
  const channel = from.network.open('bench', {})
  return {
    async work(count) {
      for (let left = count; left > 0;) {
        missing = Math.min(noticesAtOnce, left)
        left -= missing
        received = Promise.withResolvers()
        for (let unsent = missing; unsent > 0; unsent--) {
          if (!channel.notify(to.network.self, payload)) throw new Error('a notice was not accepted')
        }
        await received.promise
      }
      return count
    },
  }
}

function requests(atOnce: number): Running {
  const hub = memoryHub({ clock: nodeClock() })
  const [from, to] = [hub.join('from' as NodeId), hub.join('to' as NodeId)]
  to.network.open('bench', { request: ({ payload: asked }) => Promise.resolve(asked) })
  const channel = from.network.open('bench', {})
  return outstanding(atOnce, () => channel.request(to.network.self, payload, { timeoutMs: 60_000 }))
}

export const bench: Bench = {
  name: 'network-memory',
  summary: 'The Network port in memory, two nodes, 256 B: what tests and simulations stand on, so it has no peer.',
  figures: [
    { metric: 'notices, 1,000 in a turn', unit: 'notices', ours: notices },
    { metric: 'requests, 1 outstanding', unit: 'requests', ours: () => requests(1) },
    { metric: 'requests, 64 outstanding', unit: 'requests', ours: () => requests(64) },
  ],
}
