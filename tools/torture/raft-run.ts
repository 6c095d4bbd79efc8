import { setTimeout as sleep } from 'node:timers/promises'
import { Prng } from '@flotilla/core/random'
import { faultKinds, inflict, oftenness, type FaultKind, type World } from './faults.ts'
import type { HistoryLine } from './programs.ts'
import type { TortureNode } from './torture-node.ts'
import { buildTown, type Town } from './town.ts'

export interface RunOptions {
  readonly seconds: number
  readonly seed: number
  /** Which faults there are; all of them, unless told. */
  readonly faults?: readonly FaultKind[]
  /** What happens, as it happens. */
  readonly tell: (line: string) => void
}

export interface RunOutcome {
  readonly lines: readonly HistoryLine[]
  readonly faults: ReadonlyMap<FaultKind, number>
  readonly starts: number
  /** How often a node stopped because its disk was full. */
  readonly stops: number
  /** What must not have happened, apart from the history: a sentence each. */
  readonly wrongs: readonly string[]
}

/** A fault begins so long after the one before it, at least and at most, so that a few go on at a time. */
const betweenFaultsMs = [100, 2_500] as const
/** Before the first fault there has to be something to break. */
const calmMs = 1_000
const retryMs = 100
/** Acknowledged to each client process. */
const writesAfterHealing = 20
/** After the last one everything is to be as it was within this time. */
const healMsMax = 60_000

/** Lives through it, and gives what the clients saw. */
export async function runRaft({ seconds, seed, faults = faultKinds, tell }: RunOptions): Promise<RunOutcome> {
  const prng = new Prng(seed)
  await using town = await buildTown({ prng: prng.split('town'), tell })
  tell('five nodes and two clients are up')
  await sleep(calmMs)
  const counts = new Map<FaultKind, number>()
  const world: World = {
    ...town,
    clients: town.clients.map(({ machine }) => machine),
    prng,
    pause: (ms) => sleep(ms),
    tell,
  }
  const untilMs = performance.now() + seconds * 1_000
  const drawn = faults.flatMap((kind) => Array.from({ length: oftenness[kind] }, () => kind))
  const underWay = new Set<Promise<void>>()
  while (performance.now() < untilMs) {
    const kind = prng.pick(drawn)
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const one = inflict(world, kind).finally(() => underWay.delete(one))
    one.catch(() => {}) // It rejects for whoever waits for all of them, below.
    underWay.add(one)
    await sleep(prng.between(...betweenFaultsMs))
  }
  await Promise.all(underWay)
  tell('the faults are over')
  const wrongs = await heal(town)
  return {
    lines: town.clients.flatMap(({ lines }) => lines),
    faults: counts,
    starts: town.nodes.reduce((sum, node) => sum + node.starts, 0),
    stops: town.nodes.reduce((sum, node) => sum + node.stops, 0),
    wrongs: [
      ...town.nodes.flatMap(({ crashes }) => crashes),
      ...town.clients.flatMap(({ crashes }) => crashes),
      ...wrongs,
    ],
  }
}

/** Everything works again, takes writes, and all nodes hold the same. */
async function heal({ lab, nodes, clients }: Town): Promise<readonly string[]> {
  await lab.heal()
  await Promise.all(nodes.map((node) => node.emptyDisk()))
  for (const node of nodes) node.resume()
  const limit = sleep(healMsMax, 'late' as const, { ref: false })
  const started = await Promise.race([Promise.all(nodes.map((node) => node.start())), limit])
  if (started === 'late') return [`not all nodes were up again ${healMsMax} ms after the last fault`]
  const taken = await Promise.race([
    Promise.all(clients.map((client) => client.writesTaken(writesAfterHealing))),
    limit,
  ])
  if (taken === 'late') return [`not all clients could write again ${healMsMax} ms after the last fault`]
  await Promise.all(clients.map((client) => client.stop()))
  const digests = await Promise.race([Promise.all(nodes.map((node) => digestOf(node))), limit])
  if (digests === 'late') return [`not all nodes answered a read ${healMsMax} ms after the last fault`]
  if (new Set(digests).size === 1) return []
  return [`nodes that have applied the same hold different things: ${digests.join(' / ')}`]
}

/** It may take a few attempts while leadership settles. */
async function digestOf(node: TortureNode): Promise<string> {
  for (;;) {
    try {
      return await node.ask('digest')
    } catch {
      await sleep(retryMs)
    }
  }
}
