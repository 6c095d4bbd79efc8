import type { MeshLedger } from '../mesh-ledger.ts'
import type { Rule } from '../simulated-host.ts'

export function streamOrder(ledger: MeshLedger): Rule {
  return {
    sentence: 'What is read of a stream is the beginning of what was written, in order.',
    check: () => ledger.disordered,
  }
}
