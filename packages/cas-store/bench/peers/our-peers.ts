import { join } from 'node:path'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import type { Place, Timing } from '@flotilla/core/testing'
import { startChild, type Child } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { testCluster } from '@flotilla/transport/testing'

interface Pair {
  readonly near: Child
  readonly nearId: NodeId
  readonly far: Child
  readonly farId: NodeId
  readonly stop: () => Promise<void>
}

/** Two nodes with a store each, connected, each in a process of its own. */
async function ourPair(folder: string): Promise<Pair> {
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
  const begin = async (name: string) => {
    const identity = cluster.member(name)
    const child = await startChild(new URL('peer-node.ts', import.meta.url))
    const place = { id: identity.id, cluster: cluster.id, identity, port: 0, folder: join(folder, name) }
    const port = (await child.ask('start', place)) as number
    return { child, id: identity.id, addresses: [{ host: '127.0.0.1', port }] }
  }
  const [near, far] = [await begin('near'), await begin('far')]
  await near.child.ask('connect', [{ id: far.id, addresses: far.addresses }])
  await far.child.ask('connect', [{ id: near.id, addresses: near.addresses }])
  return {
    near: near.child,
    nearId: near.id,
    far: far.child,
    farId: far.id,
    async stop() {
      await near.child.stop()
      await far.child.stop()
    },
  }
}

/** Reads a blob of another node, each chunk verified, and keeps nothing. */
export async function ourReading({ folder }: Place, bytes: number): Promise<Timing> {
  const { near, nearId, far, stop } = await ourPair(folder)
  const blob = await near.ask('put', bytes)
  return {
    time: () => timed(() => far.ask('read', { blob, from: [nearId] })),
    stop,
  }
}

/** Brings a blob to another node, where it is durable then; what is brought was put before. */
export async function ourBringing({ folder }: Place, bytes: number): Promise<Timing> {
  const { near, farId, stop } = await ourPair(folder)
  return {
    async time() {
      const blob = await near.ask('put', bytes)
      return timed(() => near.ask('bring', { blob, to: farId }))
    },
    stop,
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return performance.now() - begunMs
}
