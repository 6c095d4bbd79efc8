import type { ClusterId } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import { createTransport } from '../driver.ts'
import type { TlsIdentity } from '../node-tls-identity.ts'
import { tlsLinks } from '../node-tls-links.ts'
import type { DialTarget, Transport } from '../transport.ts'

/** Who a process is, and what it has to itself. */
export interface TestPlace {
  readonly id: NodeId
  readonly cluster: ClusterId
  readonly identity: TlsIdentity
  /** 0 for any. */
  readonly port: number
  readonly folder: string
}

/** What every process of a `TestProcesses` can be asked to do. */
export interface MeshOrders {
  /** Listens, and tells where. */
  readonly start: (place: TestPlace) => Promise<number>
  /** Resolves when it is connected with all of them. */
  readonly connect: (targets: readonly DialTarget[]) => Promise<void>
}

const host = '127.0.0.1'
const pollMs = 2

/** `opened` makes of the transport whatever the process is for. */
export function meshOrders(opened: (transport: Transport, place: TestPlace) => void | Promise<void>): MeshOrders {
  let transport: Transport
  return {
    async start(place) {
      const { id, cluster, identity, port } = place
      const clock = nodeClock()
      const links = tlsLinks({ identity, listen: [{ host, port }], clock })
      transport = await createTransport({ self: { id, cluster }, links, clock, entropy: nodeEntropy() })
      await opened(transport, place)
      return transport.addresses[0]?.port ?? 0
    },
    async connect(targets) {
      transport.setTargets(targets)
      const isMissing = ({ id }: DialTarget): boolean => id !== undefined && !transport.network.peers().includes(id)
      while (targets.some(isMissing)) await new Promise((resolve) => setTimeout(resolve, pollMs))
    },
  }
}
