import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import type { Running, Timing } from '@flotilla/core/testing'
import { testCluster } from '../src/testing/test-cluster.ts'
import { startChild, type Child } from '@flotilla/core/testing/node'
import type { Start } from './our-node.ts'

interface Pair {
  readonly near: Child
  readonly far: Child
  readonly stop: () => Promise<void>
}

/** Two nodes, connected, each in a process of its own. */
async function ourPair(): Promise<Pair> {
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
  const [nearMember, farMember] = [cluster.member('near'), cluster.member('far')]
  const [near, far] = [
    await startChild(new URL('our-node.ts', import.meta.url)),
    await startChild(new URL('our-node.ts', import.meta.url)),
  ]
  await near.ask('start', { id: nearMember.id, cluster: cluster.id, identity: nearMember } satisfies Start)
  const start: Start = { id: farMember.id, cluster: cluster.id, identity: farMember }
  const addresses = await far.ask('start', start)
  await near.ask('connect', { id: farMember.id, addresses })
  return {
    near,
    far,
    async stop() {
      await near.stop()
      await far.stop()
    },
  }
}

export async function ourRequests(atOnce: number): Promise<Running> {
  const { near, stop } = await ourPair()
  return {
    async work(count) {
      await near.ask('requests', { count, atOnce })
      return count
    },
    stop,
  }
}

export async function ourPublications(): Promise<Running> {
  const { near, far, stop } = await ourPair()
  return {
    async work(count) {
      await far.ask('arm', count)
      await near.ask('publish', count)
      const dropped = await near.ask('dropped')
      if (dropped !== 0) throw new Error(`${String(dropped)} publications were dropped; publish slower`)
      await far.ask('reached')
      return count
    },
    stop,
  }
}

/** In MiB. */
export async function ourStream(): Promise<Running> {
  const { near, far, stop } = await ourPair()
  return {
    async work(count) {
      await far.ask('arm', count * 2 ** 20)
      await near.ask('write', count * 2 ** 20)
      await far.ask('reached')
      return count
    },
    stop,
  }
}

/** The latency that 99 of 100 messages keep to. */
export async function ourTrickle(count: number): Promise<Timing> {
  const { near, far, stop } = await ourPair()
  return {
    async time() {
      await near.ask('trickleBesideStream', count)
      const latencies = (await far.ask('latencies', count)) as number[]
      latencies.sort((one, other) => one - other)
      return latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN
    },
    stop,
  }
}
