import { allFaults, type HostSpec, type Progress, type Suite } from '@flotilla/sim'
import { lock, violationOf } from '@flotilla/sim/history'
import { liveAsClient } from './locks/customer.ts'
import { liveAsMember } from './locks/member.ts'
import { Town } from './locks/town.ts'

const members = ['ann', 'bob', 'cid']

export const suite: Suite = {
  name: 'locks',
  summary:
    'Locks exclude, are lost in time and served in turn, whatever members, clients, networks, disks and clocks do.',
  seeds: 1_000,
  faults: allFaults,
  brokenDisksMax: 1,
  safetyMs: 5_000,
  healMs: 30_000,
  begin(world) {
    const clients = ['kim', 'lou', 'max', 'nia'].slice(0, world.random.between(2, 4))
    const town = new Town(world, members, clients)
    return {
      hosts: [
        ...members.map((name): HostSpec => ({ name, start: (host) => liveAsMember(town, host) })),
        ...clients.map((name): HostSpec => ({ name, start: (host) => liveAsClient(town, host) })),
      ],
      // What must hold is told to the world by those who see it: each replica's machine, the room, the fence.
      invariants: [],
      progress: [everybodyIsAnswered(town), everybodyIsServed(town), nothingIsLeft(town)],
      finish: () => violationOf(lock, town.story.operations()),
    }
  },
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
