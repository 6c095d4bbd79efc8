import type { MeshLedger } from '../mesh-ledger.ts'
import type { Rule } from '../simulated-host.ts'

export function bounds(ledger: MeshLedger): Rule {
  return { sentence: 'What waits stays within its limits.', check: () => ledger.unbounded }
}
