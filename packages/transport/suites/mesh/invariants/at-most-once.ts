import type { MeshLedger } from '../mesh-ledger.ts'
import type { Rule } from '../simulated-host.ts'

export function atMostOnce(ledger: MeshLedger): Rule {
  return { sentence: 'The handler of a request runs at most once.', check: () => ledger.handledTwice }
}
