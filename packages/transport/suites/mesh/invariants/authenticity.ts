import type { MeshLedger } from '../mesh-ledger.ts'
import type { Rule } from '../simulated-host.ts'

export function authenticity(ledger: MeshLedger): Rule {
  return { sentence: 'What is delivered was sent by whom it says, and is intact.', check: () => ledger.forged }
}
