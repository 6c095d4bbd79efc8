import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { createTransport, type Transport } from '@flotilla/transport'
import { tlsLinks } from '@flotilla/transport/node'
import type { Instructions } from './programs.ts'

/** Connects a program of the torture with the nodes. */
export async function joinMesh({ self, cluster, identity, address, nodes }: Instructions): Promise<Transport> {
  const clock = nodeClock()
  const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'))
  const { secretKey, certificate, authority } = identity
  const links = tlsLinks({
    identity: { secretKey: bytes(secretKey), certificate: bytes(certificate), authority: bytes(authority) },
    listen: [address],
    clock,
  })
  const transport = await createTransport({ self: { id: self, cluster }, links, clock, entropy: nodeEntropy() })
  const others = nodes.filter(({ id }) => id !== self)
  transport.setTargets(others.map(({ id, host, port }) => ({ id, addresses: [{ host, port }] })))
  return transport
}
