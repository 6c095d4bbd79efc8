import type { FaultKind, HostSpec, Progress, Suite } from '@flotilla/sim'
import { Estate } from './guest-host/estate.ts'
import { liveAsGuest } from './guest-host/guest-programs.ts'
import { liveAsHostile } from './guest-host/hostile-program.ts'
import { boundedLines, fairShare, metInTurn, oneGateEach } from './guest-host/invariants.ts'
import { liveAsKeeper } from './guest-host/keeper-program.ts'
import type { Machine } from './guest-host/machine.ts'

/** There is no network here, and no disk: what happens to bytes is drawn by each machine's wall. */
const faults: readonly FaultKind[] = ['crashes', 'restarts', 'pauses', 'wall-jumps', 'clock-drift']

export const suite: Suite = {
  name: 'guest-host',
  summary: 'A host of many machines, of which some crash, come and go, flood, lie and mumble, and one does not.',
  seeds: 15,
  faults,
  safetyMs: 20_000,
  healMs: 90_000,
  begin(world) {
    const estate = new Estate(world)
    return {
      hosts: [
        ...estate.machines.map((machine) => guest(estate, machine)),
        { name: 'keeper', start: (host) => liveAsKeeper(estate, host) },
      ],
      // What must hold of each order is told to the world by the ledger.
      invariants: [oneGateEach(estate), fairShare(estate), boundedLines(estate), metInTurn(estate)],
      progress: progressOf(estate),
    }
  },
}

function guest(estate: Estate, machine: Machine): HostSpec {
  const { character, name } = machine
  const live = character === 'hostile' ? liveAsHostile : liveAsGuest
  return { name: `guest-${name}`, mortal: character !== 'witness', start: (host) => live(estate, machine, host) }
}

function progressOf(estate: Estate): readonly Progress[] {
  const { world, ledger, machines, served } = estate
  /** Those beyond the limit are not looked after. */
  const kept = (): readonly Machine[] => {
    const names = new Set(estate.keeper?.list().map(({ vm }) => vm))
    return machines.filter(({ name, character }) => names.has(name) && character !== 'hostile')
  }
  return [
    {
      sentence: 'Once everything is mended, every honest machine does what it is asked in our own dialect.',
      seen: () => world.isMended() && kept().every((each) => !each.isTrusted || served.has(`${each.name} own`)),
    },
    {
      sentence: "Once everything is mended, every honest machine does what it is asked in QEMU's dialect.",
      seen: () => world.isMended() && kept().every((each) => !each.hasQga || served.has(`${each.name} qga`)),
    },
    {
      sentence: 'Every order ends.',
      seen: () => world.isMended() && ledger.open() === undefined,
    },
  ]
}
