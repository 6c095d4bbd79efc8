import { certificateToPem, secretKeyToPem } from '@flotilla/certificates'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import type { Running } from '@flotilla/core/testing'
import { testCluster } from '../src/testing/test-cluster.ts'
import { startChild } from '@flotilla/core/testing/node'

/** Moves `unitBytes` for each unit, in writes of one length; with the same certificates as ours. */
export async function bareStream(unitBytes: number, pieceBytes: number): Promise<Running> {
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
  const credentials = (name: string): { cert: string; key: string; ca: string } => {
    const { certificate, secretKey, authority } = cluster.member(name)
    return { cert: certificateToPem(certificate), key: secretKeyToPem(secretKey), ca: certificateToPem(authority) }
  }
  const [near, far] = [
    await startChild(new URL('bare-tls.ts', import.meta.url)),
    await startChild(new URL('bare-tls.ts', import.meta.url)),
  ]
  const port = await far.ask('listen', credentials('far'))
  await near.ask('connect', { port, ...credentials('near') })
  return {
    async work(count) {
      const byteCount = Math.ceil((count * unitBytes) / pieceBytes) * pieceBytes
      await far.ask('arm', byteCount)
      await near.ask('write', { byteCount, pieceBytes })
      await far.ask('reached')
      return byteCount / unitBytes
    },
    async stop() {
      await near.stop()
      await far.stop()
    },
  }
}
