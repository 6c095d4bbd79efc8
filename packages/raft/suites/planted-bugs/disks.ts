import type { Canary } from '@flotilla/sim'
import { cores, scripts, suite } from './watchers.ts'

export const disks: readonly Canary[] = [
  {
    name: 'ack-before-sync',
    bug: 'What claims that something is durable leaves before it is.',
    file: 'src/driver/persistence.ts',
    find: 'if (effect.after <= this.#written) send(effect.to, effect.message)',
    replace: 'if (effect.after >= 0) send(effect.to, effect.message)',
    caughtBy: [suite],
  },
  {
    name: 'write-without-sync',
    bug: 'A write counts as durable when the operating system has it.',
    file: 'src/storage/log/segment-files.ts',
    find: 'return disk.open(segmentPath(segment), { durable: true })',
    replace: 'return disk.open(segmentPath(segment))',
    caughtBy: [suite],
  },
  {
    name: 'aba-of-writes',
    bug: 'The end of a write is taken for the durability of entries that took the place of those it wrote.',
    file: 'src/core/writes.ts',
    find: 'for (const write of this.#inFlight) write.upTo = Math.min(write.upTo, index) as Index',
    replace: '',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'rot-taken-for-torn',
    bug: 'A log with a hole before records that were durable is opened as if it ended there.',
    file: 'src/storage/log/log-recovery.ts',
    find: 'await checkLost([reader, ...later], end)',
    replace: '',
    caughtBy: [suite, 'src/storage/log/damage.test.ts'],
  },
  {
    name: 'claims-before-writes',
    bug: 'The core asks for claims to be sent before the writes that they depend on.',
    file: 'src/core/core-state.ts',
    find: 'const needed = Math.max(depends, this.#hardStateWrite) as WriteNumber',
    replace: 'const needed = Math.min(0, depends) as WriteNumber',
    caughtBy: [suite],
  },
  {
    name: 'truncation-keeps-durability',
    bug: 'What took the place of durable entries counts as durable.',
    file: 'src/core/follower.ts',
    find: 'state.writes.truncateAfter((first.index - 1) as Index)',
    replace: '',
    caughtBy: [suite, scripts, cores],
  },
  {
    name: 'snapshot-keeps-claims',
    bug: 'Writes in flight keep their claims when a snapshot takes the place of the log.',
    file: 'src/core/snapshots.ts',
    find: 'state.writes.truncateAfter(state.commit)',
    replace: '',
    caughtBy: [suite, scripts, cores],
  },
]
