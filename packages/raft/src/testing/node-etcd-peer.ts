import { setTimeout as sleep } from 'node:timers/promises'
import { startChild, type Child } from '@flotilla/core/testing/node'
import type { Peer, TimedPeer } from '@flotilla/core/testing'
import { etcdVersion, startEtcd, type EtcdCluster } from './node-etcd.ts'

const settleAttemptsMax = 100
const settlePauseMs = 200

export interface EtcdPeerOptions {
  /** A client process. It serves `connect`, which gets the endpoints, and `order`, which gets `{ count, atOnce }`. */
  readonly client: URL
  /** Name and version of the library that it uses. */
  readonly library: string
  readonly order: string
  readonly atOnce: number
  readonly prepare?: (client: Child) => Promise<unknown>
}

/** Three members of etcd and a client, each a process. */
export function etcdPeer({ client: program, library, order, atOnce, prepare }: EtcdPeerOptions): Peer {
  return {
    name: etcdName(library),
    settings: 'members and client with their defaults: every write is synced, calls go to all members in turns; no TLS',
    start: ({ folder, quick = false }) =>
      withEtcd(folder, program, async (_etcd, client, stop) => {
        if (!quick) await prepare?.(client)
        return {
          async work(count) {
            await client.ask(order, { count, atOnce })
            return count
          },
          stop,
        }
      }),
  }
}

/** From the death of the leader until another takes writes. The client serves `connect`, `puts` and `untilAccepted`. */
export function etcdFailOver({ client: program, library }: Pick<EtcdPeerOptions, 'client' | 'library'>): TimedPeer {
  return {
    name: etcdName(library),
    settings: 'an election timeout of 1 s, its default',
    start: ({ folder }) =>
      withEtcd(folder, program, async (etcd, client, stop) => ({
        async time() {
          await settled(client)
          const leader = await etcd.leader()
          const begunMs = performance.now()
          await etcd.kill(leader)
          await client.ask('untilAccepted')
          const tookMs = performance.now() - begunMs
          await etcd.restart(leader)
          return tookMs
        },
        stop,
      })),
  }
}

/** Its client answers nothing for some seconds about a member that failed, even when that is back. */
async function settled(client: Child): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.ask('puts', { count: 100, atOnce: 1 })
      return
    } catch (error) {
      if (attempt === settleAttemptsMax) throw error
    }
    await sleep(settlePauseMs)
  }
}

function etcdName(library: string): string {
  return `etcd ${etcdVersion() ?? '(not installed)'}, ${library}`
}

async function withEtcd<Made>(
  folder: string,
  program: URL,
  make: (etcd: EtcdCluster, client: Child, stop: () => Promise<void>) => Promise<Made>,
): Promise<Made | undefined> {
  if (etcdVersion() === undefined) return undefined
  await using started = new AsyncDisposableStack()
  const etcd = started.use(await startEtcd(folder))
  const client = await startChild(program, { as: 'program' })
  started.defer(() => client.stop())
  await client.ask('connect', etcd.endpoints)
  const made = await make(etcd, client, () => kept.disposeAsync())
  const kept = started.move()
  return made
}
