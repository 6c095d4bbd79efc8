import { unreachable } from '@flotilla/core/errors'
import type { Prng } from '@flotilla/core/random'
import type { Lab, Machine } from '@flotilla/core/testing/node'
import type { TortureNode } from './torture-node.ts'

export const faultKinds = [
  'kill',
  'kill-all',
  'pause',
  'cut',
  'one-way-cut',
  'isolate',
  'split',
  'full-disk',
  'transfer',
  'rejoin',
] as const

export type FaultKind = (typeof faultKinds)[number]

export interface World {
  readonly lab: Lab
  readonly nodes: readonly TortureNode[]
  readonly clients: readonly Machine[]
  readonly prng: Prng
  readonly pause: (milliseconds: number) => Promise<void>
  readonly tell: (line: string) => void
}

/** In proportion to each other. After a `kill-all` little is seen until five processes have started. */
export const oftenness: Readonly<Record<FaultKind, number>> = {
  kill: 3,
  'kill-all': 1,
  pause: 3,
  cut: 3,
  'one-way-cut': 3,
  isolate: 3,
  split: 3,
  'full-disk': 2,
  transfer: 2,
  rejoin: 2,
}

/** How long a fault lasts, at least and at most: some are over before anybody notices, some outlast elections. */
const lastsMs: Readonly<Record<FaultKind, readonly [number, number]>> = {
  kill: [0, 6_000],
  'kill-all': [0, 1_000],
  pause: [50, 6_000],
  cut: [100, 6_000],
  'one-way-cut': [100, 6_000],
  isolate: [100, 6_000],
  split: [500, 5_000],
  'full-disk': [500, 4_000],
  transfer: [0, 0],
  rejoin: [0, 0],
}

/** One fault, from its beginning until it is mended. Two of them may hit the same node. */
export async function inflict(world: World, kind: FaultKind): Promise<void> {
  const { lab, nodes, clients, prng, pause, tell } = world
  const victim = prng.pick(nodes)
  const others = nodes.filter((node) => node !== victim)
  const forAWhile = async (): Promise<void> => {
    const milliseconds = prng.between(...lastsMs[kind])
    tell(`${kind} of ${victim.name}, ${milliseconds} ms`)
    await pause(milliseconds)
  }
  switch (kind) {
    case 'kill':
      await victim.kill()
      await forAWhile()
      return void victim.start()
    case 'kill-all':
      await Promise.all(nodes.map((node) => node.kill()))
      await forAWhile()
      for (const node of nodes) void node.start()
      return
    case 'pause':
      victim.pause()
      await forAWhile()
      return victim.resume()
    case 'cut':
    case 'one-way-cut': {
      const machines = [victim.machine, prng.pick([...others.map(({ machine }) => machine), ...clients])] as const
      const [one, other] = prng.chance(1, 2) ? machines : ([machines[1], machines[0]] as const)
      await lab.cut(one, other, kind === 'cut' ? 'both' : 'one-way')
      await forAWhile()
      return lab.mend(one, other)
    }
    case 'isolate':
      return cutOff(
        world,
        [victim.machine],
        others.map(({ machine }) => machine),
        forAWhile,
      )
    case 'split': {
      const few = [victim, prng.pick(others)].map(({ machine }) => machine)
      const many = nodes.map(({ machine }) => machine).filter((machine) => !few.includes(machine))
      return cutOff(world, few, [...many, prng.pick(clients)], forAWhile)
    }
    case 'full-disk':
      await victim.fillDisk()
      await forAWhile()
      return victim.emptyDisk()
    case 'transfer':
    case 'rejoin':
      tell(`${kind} of ${victim.name}`)
      // It may fail for all the other faults there are.
      return void victim.ask(kind).catch(() => '')
    default:
      return unreachable(kind, 'fault')
  }
}

async function cutOff(
  { lab }: World,
  side: readonly Machine[],
  others: readonly Machine[],
  forAWhile: () => Promise<void>,
): Promise<void> {
  await lab.split(side, others)
  await forAWhile()
  for (const one of side) for (const other of others) await lab.mend(one, other)
}
