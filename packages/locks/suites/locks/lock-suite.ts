import { allFaults, type FaultKind, type HostSpec, type Progress, type Suite } from '@flotilla/sim'
import { lock, violationOf } from '@flotilla/sim/history'
import type { LockClientLimits } from '../../src/limits.ts'
import { liveAsClient } from './customer.ts'
import { liveAsMember } from './member.ts'
import { Town } from './town.ts'

const members = ['ann', 'bob', 'cid']

export interface LockSuiteOptions {
  readonly name: string
  readonly summary: string
  readonly seeds: number
  readonly without: readonly FaultKind[]
  readonly limits: Partial<LockClientLimits>
}

/** Three members of the service, two to four clients, and everything that may happen to them. */
export function lockSuite({ name, summary, seeds, without, limits }: LockSuiteOptions): Suite {
  return {
    name,
    summary,
    seeds,
    faults: allFaults.filter((kind) => !without.includes(kind)),
    brokenDisksMax: 1,
    safetyMs: 5_000,
    healMs: 30_000,
    begin(world) {
      const clients = ['kim', 'lou', 'max', 'nia'].slice(0, world.random.between(2, 4))
      const town = new Town(world, members, clients, limits)
      return {
        hosts: [
          ...members.map((member): HostSpec => ({ name: member, start: (host) => liveAsMember(town, host) })),
          ...clients.map((client): HostSpec => ({ name: client, start: (host) => liveAsClient(town, host) })),
        ],
        // What must hold is told to the world by those who see it: each replica's machine, the room, the fence.
        invariants: [],
        progress: [everybodyIsAnswered(town), everybodyIsServed(town), nothingIsLeft(town)],
        finish: () => violationOf(lock, town.story.operations()),
      }
    },
  }
}

function everybodyIsAnswered(town: Town): Progress {
  return {
    sentence: 'Once everything is mended, whoever waited then is served, or told why not.',
    seen: () => town.allWereAnswered(),
  }
}

function everybodyIsServed(town: Town): Progress {
  return {
    sentence: 'Once everything is mended, every client gets what it asks for.',
    seen: () => town.clients.every((name) => town.served.has(name)),
  }
}

function nothingIsLeft(town: Town): Progress {
  return {
    sentence: 'When all have let go, nothing is held or waited for.',
    seen: () => town.isEmpty,
  }
}
