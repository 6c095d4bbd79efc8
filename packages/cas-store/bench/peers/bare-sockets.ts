import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeEntropy } from '@flotilla/core/random/node'
import type { Timing } from '@flotilla/core/testing'
import { startChild } from '@flotilla/core/testing/node'
import { nodeClock } from '@flotilla/core/time/node'
import { testCluster } from '@flotilla/transport/testing'
import type { Credentials } from './bare-socket.ts'

/** RFC 8410: what stands before the 32 bytes of an Ed25519 secret key in PKCS #8. */
const secretKeyHead = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Two bare sockets, with certificates as ours, each in a process of its own. */
export async function bareSockets(byteCount: number): Promise<Timing> {
  const cluster = testCluster({ crypto: nodeCrypto(), entropy: nodeEntropy(), now: nodeClock().wallNow() })
  const credentials = (name: string): Credentials => {
    const { certificate, secretKey, authority } = cluster.member(name)
    return {
      cert: pem('CERTIFICATE', certificate),
      key: pem('PRIVATE KEY', Buffer.concat([secretKeyHead, secretKey])),
      ca: pem('CERTIFICATE', authority),
    }
  }
  const program = new URL('bare-socket.ts', import.meta.url)
  const [near, far] = [await startChild(program), await startChild(program)]
  const port = await far.ask('listen', credentials('far'))
  await near.ask('connect', { port, ...credentials('near') })
  return {
    async time() {
      await far.ask('arm', byteCount)
      const begunMs = performance.now()
      await near.ask('write', byteCount)
      await far.ask('reached')
      return performance.now() - begunMs
    },
    async stop() {
      await near.stop()
      await far.stop()
    },
  }
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}
