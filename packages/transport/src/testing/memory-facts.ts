import type { CertificateFacts, ClusterId } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import type { WallMillis } from '@flotilla/core/time'

/** What a certificate of that node might say, for links that look at nothing else. */
export function memoryFacts(id: NodeId, facts: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    cluster: 'fc1memory' as ClusterId,
    id,
    publicKey: new Uint8Array(32),
    name: id,
    role: 'node',
    serial: '01',
    notBefore: 0 as WallMillis,
    notAfter: Infinity as WallMillis,
    ...facts,
  }
}
