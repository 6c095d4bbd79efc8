import { allFaults, repeat, type FaultKind, type Host, type Suite } from '@flotilla/sim'
import { FlotillaError } from '@flotilla/core/errors'
import { inspect } from './inspector.ts'
import { liveAsNode } from './member-driver.ts'
import { MeshTown } from './mesh-town.ts'

export interface MeshSuiteOptions {
  readonly name: string
  readonly summary: string
  readonly seeds: number
  /** Bits rot on one disk; otherwise one node may be lost for good. */
  readonly mayRot: boolean
  /** One node gives others wrong bytes now and then. */
  readonly mayLie?: boolean
}

const withoutRot: readonly FaultKind[] = allFaults.filter((kind) => kind !== 'bit-rot')

/** Three to five nodes, and everything that may happen to them. */
export function meshSuite({ name, summary, seeds, mayRot, mayLie = false }: MeshSuiteOptions): Suite {
  return {
    name,
    summary,
    seeds,
    faults: mayRot ? allFaults : withoutRot,
    brokenDisksMax: 1,
    safetyMs: 3_500,
    healMs: 40_000,
    begin(world) {
      const names = ['ann', 'bob', 'cid', 'dan', 'eve'].slice(0, world.random.between(3, 5))
      const town = new MeshTown(world, names, { mayRot, mayLie })
      const losing = !mayRot && world.random.chance(1, 2) ? world.random.pick(names) : undefined
      const lostAtMs = world.random.between(500, 4_000)
      return {
        hosts: [
          ...names.map((host) => ({ name: host, start: (own: Host) => liveAsNode(town, own) })),
          { name: 'fate', mortal: false, start: (host) => Promise.resolve(fate(town, host, losing, lostAtMs)) },
        ],
        invariants: [],
        progress: [
          {
            sentence: 'Once everything is mended, all agree, every blob has its copies, and nothing deleted is left.',
            seen: () => town.isSettled,
          },
        ],
      }
    },
  }
}

/** Loses a node for good, and looks in the end whether all is well. */
function fate(town: MeshTown, host: Host, losing: string | undefined, lostAtMs: number): AsyncDisposable {
  return repeat(host, {
    pauseMs: [150, 250],
    act: async () => {
      const { world } = town
      if (losing !== undefined && !town.lost.has(losing) && world.nowMs() >= lostAtMs) town.lose(losing, 'as was drawn')
      if (!world.isMended()) return
      town.removeLost()
      if (town.isSettled || !town.members().every((name) => town.calm.has(name) || !town.up.has(name))) return
      const wrong = await inspect(town).catch((error: unknown) => {
        if (error instanceof FlotillaError) return error.message
        throw error
      })
      town.whyNot = wrong ?? ''
      town.isSettled = wrong === undefined
      if (wrong !== undefined) host.note('not settled', wrong)
    },
  })
}
