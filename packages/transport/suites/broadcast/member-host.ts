import { silentLogger } from '@flotilla/core/observe'
import { repeat, type Host, type WorldView } from '@flotilla/sim'
import { BanPolicy, createBroadcasts, type BroadcastLimits } from '../../src/broadcast/index.ts'
import { payloadOf, type Ledger } from './ledger.ts'
import type { MeshPlan } from './mesh-plan.ts'
import { NeighbourNetwork } from './neighbour-network.ts'
import { keyIdOf, quickCrypto, secretKeyOf } from './quick-crypto.ts'

export const broadcastType = 'suite.saying'

/** Small enough for a few hosts to reach them, large enough for what the correct ones say. */
export const suiteSettings: Partial<BroadcastLimits> = {
  payloadBytesMax: 16_384,
  perOriginPerSecondMax: 15,
  perOriginBurst: 15,
  originsMax: 16,
  pushBytesMax: 1_024,
  eagerPeersMax: 2,
  announcedPerPeerMax: 512,
  wantsInFlightMax: 16,
  recentCountMax: 400,
  recentBytesMax: 2 ** 20,
  peerMessagesPerSecondMax: 500,
  peerBytesPerSecondMax: 2 ** 20,
  servedBytesPerSecondMax: 2 ** 20,
}

export interface MeshWorld {
  readonly world: WorldView
  readonly plan: MeshPlan
  readonly ledger: Ledger
}

/** The network of a host as the plan says: its neighbours only, under the ids of their keys. */
export function networkOf(host: Host, { world, plan }: MeshWorld): NeighbourNetwork {
  const neighbours = [...(plan.neighbours.get(host.name) ?? [])]
  return new NeighbourNetwork({
    network: host.network,
    self: keyIdOf(host.name),
    neighbours: new Map(neighbours.map((name) => [world.idOf(name), keyIdOf(name)])),
  })
}

/** Runs the production code, says something now and then, and bans whom the policy says. */
export async function startMember(host: Host, mesh: MeshWorld): Promise<AsyncDisposable> {
  const { world, plan, ledger } = mesh
  const members = new Set([...plan.correct, ...plan.hostile.keys()].map(keyIdOf))
  const network = networkOf(host, mesh)
  const bans = new BanPolicy()
  const broadcasts = createBroadcasts({
    network,
    crypto: quickCrypto,
    secretKey: secretKeyOf(host.name),
    clock: host.clock,
    entropy: host.entropy,
    prng: host.random.split('broadcasts'),
    member: (id) => members.has(id),
    settings: suiteSettings,
    logger: silentLogger,
    onOffence: (offence) => {
      ledger.offences.push({ by: host.name, offence })
      host.note('accuses', `${ledger.nameOf(offence.peer)} of ${offence.code}`)
      if (bans.judge(offence, host.clock.now()) !== undefined) network.ban(offence.peer)
    },
  })
  const life = host.incarnation
  ledger.lives.set(host.name, { number: life, sinceMs: world.nowMs(), figures: () => broadcasts.figures() })
  broadcasts.subscribe(broadcastType, (broadcast) => ledger.deliver({ host: host.name, life, broadcast }))

  let count = 0
  const talking = repeat(host, {
    pauseMs: [200, 3_000],
    async act() {
      const name = `${host.name}/${life}/${++count}`
      const payload = payloadOf(name, host.random.chance(1, 6) ? host.random.between(1_000, 3_000) : 0)
      ledger.publications.push({ name, origin: host.name, life, atMs: world.nowMs(), payload })
      broadcasts.publish(broadcastType, payload)
    },
  })
  return {
    async [Symbol.asyncDispose]() {
      await talking[Symbol.asyncDispose]()
      await broadcasts[Symbol.asyncDispose]()
    },
  }
}
