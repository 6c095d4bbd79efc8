import type { Canary } from '@flotilla/sim'
import { scripts, twin } from './watchers.ts'

export const deadlocks: readonly Canary[] = [
  {
    name: 'upgrades-not-seen',
    bug: 'Two readers that both upgrade are not taken for a deadlock.',
    file: 'src/machine/wait-graph.ts',
    find: 'if (waiters.size > 0 || upgrades.some((upgrade) => upgrade.owner !== owner)) return true',
    replace: 'if (waiters.size > 0) return true',
    caughtBy: [scripts, twin],
  },
  {
    name: 'behind-a-writer-is-no-edge',
    bug: 'Who waits behind a writer that waits does not count as waiting for it.',
    file: 'src/machine/wait-graph.ts',
    find: 'isWriterStuck || stuckWritersBefore > 0',
    replace: 'isWriterStuck',
    caughtBy: [scripts, twin],
  },
  {
    name: 'phantom-deadlock',
    bug: 'Who has stopped waiting still waits in the graph, and is found in deadlocks.',
    file: 'src/machine/granting.ts',
    find: 'owner.waiter = undefined\n  table.waiting--',
    replace: 'table.waiting--',
    caughtBy: [scripts, twin],
  },
  {
    name: 'permits-always-deadlock',
    bug: 'A ring over a semaphore is always taken for a deadlock.',
    file: 'src/machine/wait-graph.ts',
    find: 'if (permits > freeable) return',
    replace: 'if (permits > 0) return',
    caughtBy: [scripts, twin],
  },
  {
    name: 'oldest-gives-way',
    bug: 'The oldest of a deadlock gives way, not the youngest.',
    file: 'src/machine/deadlocks.ts',
    find: 'return owner.age > other.age',
    replace: 'return owner.age < other.age',
    caughtBy: [scripts, twin],
  },
]
