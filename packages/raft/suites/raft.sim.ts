import { allFaults, type Host, type HostSpec, type Progress, type Suite } from '@flotilla/sim'
import { register, violationOf } from '@flotilla/sim/history'
import { createRaftClient } from '../src/client/raft-client.ts'
import { raftInvariants } from '../src/testing/invariants/index.ts'
import { liveAsMember } from './raft/member.ts'
import { isSettled } from './raft/operator.ts'
import { registersKind } from './raft/registers.ts'
import { Town } from './raft/town.ts'
import { workload } from './raft/workload.ts'

const clients = ['kim', 'lou']

export const suite: Suite = {
  name: 'raft',
  summary: 'A group of registers stays one linearizable object, whatever networks, disks, processes and operators do.',
  faults: allFaults,
  seeds: 2_000,
  brokenDisksMax: 1,
  safetyMs: 5_000,
  healMs: 40_000,
  begin(world) {
    const names = ['ann', 'bob', 'cid', 'dan', 'eve'].slice(0, world.random.between(3, 5))
    const town = new Town(world, names, names.slice(0, world.random.between(3, names.length)))
    return {
      hosts: [
        ...names.map((name): HostSpec => ({ name, start: (host) => liveAsMember(town, host) })),
        ...clients.map((name): HostSpec => ({ name, mortal: false, start: (host) => liveAsClient(town, host) })),
      ],
      invariants: [
        { sentence: 'The onlooker sees.', check: () => town.look() },
        ...raftInvariants(town.chronicle),
        town.onceOnly,
      ],
      progress: [everybodyIsAnswered(town), allApplyTheSame(town)],
      finish: () => violationOf(register, town.history.operations()),
    }
  },
}

/** One who is no member. */
function liveAsClient(town: Town, host: Host): Promise<AsyncDisposable> {
  const { codecs } = registersKind(1, { applied: () => {}, restored: () => {} }).create()
  const client = createRaftClient({
    network: host.network,
    clock: host.clock,
    entropy: host.entropy,
    group: 'registers',
    codecs,
    members: () => town.soundIds(),
    callTimeoutMs: 2_000,
  })
  const asking = workload(town, host, client, [10, 300])
  return Promise.resolve({
    async [Symbol.asyncDispose]() {
      await asking[Symbol.asyncDispose]()
      await client[Symbol.asyncDispose]()
    },
  })
}

function everybodyIsAnswered(town: Town): Progress {
  return {
    sentence: 'Once everything is mended, every client and every sound member gets an answer.',
    seen: () => [...clients, ...town.sound()].every((name) => town.answered.has(name)),
  }
}

function allApplyTheSame(town: Town): Progress {
  let goal: number | undefined
  return {
    sentence: 'Once everything is mended, everybody whose disk is sound is a voter, and has applied all there was.',
    seen() {
      const citizens = town.sound().map((name) => town.citizens.get(name))
      goal ??= Math.max(0, ...citizens.map((citizen) => citizen?.record.decided ?? 0))
      return citizens.every((citizen) => {
        if (citizen === undefined) return false
        return isSettled(town, citizen.group) && citizen.group.status().applied >= (goal ?? 0)
      })
    },
  }
}
