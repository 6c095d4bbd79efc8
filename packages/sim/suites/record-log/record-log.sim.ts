import type { Suite } from '@flotilla/sim'
import { keepLog, LogLedger } from './log-keeper.ts'

export const suite: Suite = {
  name: 'record-log',
  summary: 'The record log keeps what it acknowledged through crashes, torn writes, full disks and failing syncs.',
  faults: ['crashes', 'restarts', 'pauses', 'disk-stalls', 'disk-full', 'sync-failures'],
  brokenDisksMax: 1,
  begin(world) {
    const ledger = new LogLedger()
    let acknowledgedBefore: number | undefined
    return {
      hosts: [{ name: 'keeper', start: (host) => keepLog(host, ledger, false) }],
      invariants: [ledger.invariant()],
      progress: [
        {
          sentence: 'Once everything is mended, records are acknowledged.',
          seen() {
            if (world.isMended()) acknowledgedBefore ??= ledger.seen.acknowledged
            return ledger.seen.acknowledged > (acknowledgedBefore ?? Infinity)
          },
        },
      ],
    }
  },
}
