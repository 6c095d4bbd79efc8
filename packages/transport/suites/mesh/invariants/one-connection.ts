import type { MeshLedger } from '../mesh-ledger.ts'
import type { Rule } from '../simulated-host.ts'

export function oneConnection(ledger: MeshLedger): Rule {
  return { sentence: 'A peer is up once at a time, and down after that.', check: () => ledger.misreported }
}
