import { allFaults, type FaultKind, type Suite } from '@flotilla/sim'
import { violationOf } from '@flotilla/sim/history'
import { liveAsKeeper } from './keeper.ts'
import { shelf } from './shelf.ts'
import { Town } from './town.ts'

export interface CasSuiteOptions {
  readonly name: string
  readonly summary: string
  readonly seeds: number
  readonly mayRot: boolean
}

/** It has no network. */
const diskFaults: readonly FaultKind[] = [
  'crashes',
  'restarts',
  'pauses',
  'wall-jumps',
  'clock-drift',
  'disk-stalls',
  'disk-full',
  'sync-failures',
]

/** One store, everything that may happen to its disk, and those who use it. */
export function casSuite({ name, summary, seeds, mayRot }: CasSuiteOptions): Suite {
  return {
    name,
    summary,
    seeds,
    faults: allFaults.filter((kind) => diskFaults.includes(kind) || (mayRot && kind === 'bit-rot')),
    brokenDisksMax: 1,
    safetyMs: 2_000,
    healMs: 20_000,
    begin(world) {
      const town = new Town(world, mayRot)
      const isOver = (): boolean => town.isRotten
      return {
        hosts: [{ name: 'store', start: (host) => liveAsKeeper(town, host) }],
        // What must hold is told to the world by those who see it.
        invariants: [],
        progress: [
          {
            sentence: 'Once everything is mended, a blob is put and read.',
            seen: () => isOver() || town.isServed,
          },
          {
            sentence: 'When all have had enough, only what is needed is left, and it is whole.',
            seen: () => isOver() || town.isTidy,
          },
        ],
        finish: () => violationOf(shelf, town.history.operations()),
      }
    },
  }
}
