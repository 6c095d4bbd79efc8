import type { MeshLedger } from '../mesh-ledger.ts'
import type { Rule } from '../simulated-host.ts'

export function goodFaith(ledger: MeshLedger): Rule {
  return { sentence: 'No honest node is accused of breaking the protocol, or fails.', check: () => ledger.accused }
}
