import type { Bench, TimedPeer, Timing } from '@flotilla/core/testing'
import { ourCluster } from './cluster-processes.ts'
import type { Cluster } from './cluster.ts'
import { serfCluster, serfVersion } from './serf-processes.ts'

const processes = 10
/** Between knowing all and the kill: as long as the slowest of them may need to come to rest after its start. */
const restMs = 3_000

const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, restMs))

/** Starts a cluster anew for each time that is taken. */
function timing(start: () => Promise<Cluster>, take: (cluster: Cluster) => Promise<number>): Timing {
  return {
    async time() {
      const cluster = await start()
      try {
        return await take(cluster)
      } finally {
        await cluster.stop()
      }
    },
  }
}

const known = (cluster: Cluster): Promise<number> => cluster.knownMs()

async function killed(cluster: Cluster): Promise<number> {
  await cluster.knownMs()
  await rest()
  return cluster.killedMs()
}

function serf(profile: 'local' | 'lan', take: (cluster: Cluster) => Promise<number>): TimedPeer {
  const version = serfVersion()
  return {
    name: `serf ${version?.replace(/^serf /i, '') ?? 'not installed'}, profile ${profile}`,
    settings: 'each agent is told the address of the first',
    start: () => (version === undefined ? undefined : timing(() => serfCluster(processes, profile), take)),
  }
}

export const bench: Bench = {
  name: 'discovery',
  summary:
    'Ten processes on one machine find each other and notice that one was killed. Ours are told no address, only ' +
    'hear beacons, and connect by mutual TLS, all settings at their defaults; agents of serf are told one address.',
  figures: [],
  durations: [
    {
      metric: 'ten processes know each other, from when the last is ready',
      ours: () => timing(() => ourCluster(processes), known),
      peers: [serf('local', known), serf('lan', known)],
      goal: 1,
    },
    {
      metric: 'a killed process is known to the nine others',
      ours: () => timing(() => ourCluster(processes), killed),
      peers: [serf('local', killed), serf('lan', killed)],
      goal: 1,
      millisecondsMax: 1_000,
    },
  ],
}
