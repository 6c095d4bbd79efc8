import { startChild, type Child } from '@flotilla/core/testing/node'
import type { Peer, Place, Running, TimedPeer } from '@flotilla/core/testing'
import { etcdVersion, startEtcd } from '../src/testing/node.ts'
import { withVersion } from './installed-version.ts'

const settings =
  'three members and the client with their defaults: each write is synced, the client spreads its calls over all ' +
  'members; no TLS'

/** Three members of etcd and a Node client in a process of its own, which does `order` with so many calls at once. */
export function etcdPeer(order: 'puts' | 'reads', atOnce: number): Peer {
  return {
    name: etcdName(),
    settings,
    async start({ folder }): Promise<Running | undefined> {
      if (etcdVersion() === undefined) return undefined
      await using made = new AsyncDisposableStack()
      const etcd = made.use(await startEtcd(folder))
      const client = await clientOf(etcd.endpoints)
      made.defer(() => client.stop())
      if (order === 'reads') await client.ask('puts', { count: 1_000, atOnce: 64 })
      const kept = made.move()
      return {
        async work(count) {
          await client.ask(order, { count, atOnce })
          return count
        },
        stop: () => kept.disposeAsync(),
      }
    },
  }
}

/** From the death of the leader until another takes writes. */
export const etcdFailOver: TimedPeer = {
  name: etcdName(),
  settings: 'an election timeout of 1 s, its default',
  async start({ folder }: Place) {
    if (etcdVersion() === undefined) return undefined
    await using made = new AsyncDisposableStack()
    const etcd = made.use(await startEtcd(folder))
    const client = await clientOf(etcd.endpoints)
    made.defer(() => client.stop())
    const kept = made.move()
    return {
      async time() {
        await client.ask('puts', { count: 100, atOnce: 1 })
        const leader = await etcd.leader()
        const begunMs = performance.now()
        await etcd.kill(leader)
        await client.ask('untilAccepted')
        const tookMs = performance.now() - begunMs
        await etcd.restart(leader)
        return tookMs
      },
      stop: () => kept.disposeAsync(),
    }
  },
}

async function clientOf(endpoints: readonly string[]): Promise<Child> {
  const client = await startChild(new URL('etcd-client.ts', import.meta.url))
  await client.ask('connect', endpoints)
  return client
}

function etcdName(): string {
  return `etcd ${etcdVersion() ?? '(not installed)'}, ${withVersion('etcd3')}`
}
