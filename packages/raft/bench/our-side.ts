import { setTimeout as sleep } from 'node:timers/promises'
import type { Place, Running, Timing } from '@flotilla/core/testing'
import { TestProcesses } from '@flotilla/transport/testing/node'
import type { Opening } from './our-node.ts'
import { warmUp } from './work.ts'

const memberCount = 3
const idleGroups = 1_000
const idleMs = 4_000
const pollMs = 10

/** A client that does `order` with so many calls at once. */
export async function ourCalls(
  order: 'puts' | 'reads',
  atOnce: number,
  { folder, quick = false }: Place,
): Promise<Running> {
  const cluster = await ourCluster(folder, [])
  if (!quick) await cluster.client.ask('puts', warmUp)
  return {
    async work(count) {
      await cluster.client.ask(order, { count, atOnce })
      return count
    },
    stop: () => cluster[Symbol.asyncDispose](),
  }
}

/** From the death of the leader until another takes writes. */
export async function ourFailOver({ folder }: Place): Promise<Timing> {
  const cluster = await ourCluster(folder, [])
  return {
    async time() {
      const leader = await leaderOf(cluster)
      const begunMs = performance.now()
      await cluster.kill(leader)
      await cluster.client.ask('untilAccepted')
      const tookMs = performance.now() - begunMs
      await cluster.restart(leader)
      return tookMs
    },
    stop: () => cluster[Symbol.asyncDispose](),
  }
}

/** From when a leader is asked to hand over until the one that it has chosen takes writes. */
export async function ourTransfer({ folder }: Place): Promise<Timing> {
  const cluster = await ourCluster(folder, [])
  return {
    async time() {
      const leader = await leaderOf(cluster)
      const begunMs = performance.now()
      await cluster.ask(leader, 'transfer')
      await cluster.client.ask('untilAccepted')
      return performance.now() - begunMs
    },
    stop: () => cluster[Symbol.asyncDispose](),
  }
}

/** The processor time that a second takes in which nothing happens, of the node for which it is the most. */
export async function ourIdleSecond({ folder }: Place): Promise<Timing> {
  const cluster = await ourCluster(
    folder,
    Array.from({ length: idleGroups }, (_, index) => `idle-${index}`),
  )
  while ((await cluster.askAll('quiet')).includes(false)) await sleep(pollMs)
  return {
    async time() {
      const before = (await cluster.askAll('cpuMs')) as readonly number[]
      await sleep(idleMs)
      const after = (await cluster.askAll('cpuMs')) as readonly number[]
      const spent = after.map((ms, index) => ms - (before[index] ?? 0))
      return Math.max(...spent) / (idleMs / 1_000)
    },
    stop: () => cluster[Symbol.asyncDispose](),
  }
}

/** Resolves when the client has written. The group `bench` is what it writes to; the others are for nobody. */
async function ourCluster(folder: string, others: readonly string[]): Promise<TestProcesses> {
  const cluster = await TestProcesses.start({
    member: new URL('our-node.ts', import.meta.url),
    count: memberCount,
    client: new URL('our-client.ts', import.meta.url),
    folder,
    open: (voters): Opening => ({ names: ['bench', ...others], voters }),
  })
  await cluster.client.ask('puts', { count: 1, atOnce: 1 })
  return cluster
}

/** Which of the members leads, now that it has been at work for a while. */
async function leaderOf(cluster: TestProcesses): Promise<number> {
  await cluster.client.ask('puts', { count: 100, atOnce: 1 })
  for (;;) {
    const leads = await cluster.askAll('leads')
    if (leads.includes(true)) return leads.indexOf(true)
    await sleep(pollMs)
  }
}
