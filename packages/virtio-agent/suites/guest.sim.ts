import type { FaultKind, Progress, Suite } from '@flotilla/sim'
import { liveAsGuest } from './guest/guest-program.ts'
import { liveAsOwnHost, liveAsQgaHost } from './guest/host-programs.ts'
import { Town } from './guest/town.ts'

/** What happens to bytes on their way is drawn by the wall itself: there is no network here, and no disk. */
const faults: readonly FaultKind[] = ['crashes', 'restarts', 'pauses', 'wall-jumps', 'clock-drift']

export const suite: Suite = {
  name: 'guest',
  summary: 'Commands are done and answered once, through a wall that tears, repeats, delays and loses.',
  seeds: 500,
  faults,
  safetyMs: 15_000,
  healMs: 60_000,
  begin(world) {
    const town = new Town(world)
    return {
      hosts: [
        { name: 'guest', start: (host) => liveAsGuest(town, host) },
        { name: 'own-host', start: (host) => liveAsOwnHost(town, host) },
        { name: 'qga-host', start: (host) => liveAsQgaHost(town, host) },
      ],
      // What must hold is told to the world by the ledger, in which both sides write.
      invariants: [],
      progress: [
        served(town, 'own', 'Once everything is mended, the next good command of our own dialect is answered.'),
        served(town, 'qga', "Once everything is mended, the next good command of QEMU's dialect is answered."),
        served(town, 'metrics', 'Once everything is mended, metrics arrive.'),
        {
          sentence: 'Every command is answered, or its loss is told.',
          seen: () => world.isMended() && town.ledger.open() === undefined,
        },
      ],
    }
  },
}

function served(town: Town, dialect: string, sentence: string): Progress {
  return { sentence, seen: () => town.served.has(dialect) }
}
