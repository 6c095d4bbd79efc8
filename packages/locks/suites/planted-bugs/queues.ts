import type { Canary } from '@flotilla/sim'
import { clients, scripts, sharpClients, twin } from './watchers.ts'

export const queues: readonly Canary[] = [
  {
    name: 'reader-overtakes-writer',
    bug: 'A reader overtakes a writer that waits.',
    file: 'src/machine/granting.ts',
    find: 'if (waiters.size > 0 || upgrades.length > 0) return false',
    replace: 'if (upgrades.length > 0) return false',
    caughtBy: [scripts, twin],
  },
  {
    name: 'small-request-overtakes',
    bug: 'A request for few permits overtakes one for many.',
    file: 'src/machine/granting.ts',
    find: 'waiters.size === 0 && resource.used + asked.permits',
    replace: 'resource.used + asked.permits',
    caughtBy: [scripts, twin],
  },
  {
    name: 'writer-beside-readers',
    bug: 'A writer that waits is granted while readers hold.',
    file: 'src/machine/granting.ts',
    find: ": holders.size === 0 || (first.mode === 'shared' && writer === undefined)",
    replace: ': writer === undefined',
    caughtBy: [clients, twin],
  },
  {
    name: 'queue-left-alone',
    bug: 'Nobody looks at the queue when somebody leaves it.',
    file: 'src/machine/granting.ts',
    find: 'table.touch(waiter.resource, false)',
    replace: '',
    caughtBy: [scripts, twin],
  },
  {
    name: 'rely-on-events',
    bug: 'Who waits relies on events alone, which may be lost.',
    file: 'src/session/upkeep.ts',
    find: 'if (claimant.isWaiting) return true',
    replace: 'if (claimant.isWaiting) return false',
    caughtBy: [clients, sharpClients],
  },
]
