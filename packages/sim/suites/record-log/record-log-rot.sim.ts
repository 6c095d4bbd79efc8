import type { Suite } from '@flotilla/sim'
import { keepLog, LogLedger } from './log-keeper.ts'

export const suite: Suite = {
  name: 'record-log-rot',
  summary: 'The record log refuses a file that rotted; it never takes a damaged one for a shorter one.',
  faults: ['crashes', 'restarts', 'bit-rot'],
  brokenDisksMax: 1,
  begin() {
    const ledger = new LogLedger()
    return {
      hosts: [{ name: 'keeper', start: (host) => keepLog(host, ledger, true) }],
      invariants: [ledger.invariant()],
      progress: [
        {
          sentence: 'The log was opened, or refused as damaged.',
          seen: () => ledger.seen.recoveries + ledger.seen.refusedAsCorrupt > 0,
        },
      ],
    }
  },
}
