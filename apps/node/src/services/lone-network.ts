import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { networkDefaults, type ByteStream, type Channel, type Network } from '@flotilla/core/network'

/** The network of a node that is in no cluster: there is nobody. */
export function loneNetwork(self: NodeId): Network {
  return { self, limits: networkDefaults, peers: () => [], open: () => loneChannel }
}

const loneChannel: Channel = {
  notify: () => false,
  publish: () => 0,
  subscribe: () => ({ [Symbol.dispose]: () => {} }),
  request: (to) => Promise.reject(nobody(to)),
  openStream: (to): Promise<ByteStream> => Promise.reject(nobody(to)),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}

function nobody(to: NodeId): FlotillaError {
  return new FlotillaError('peer-unreachable', `this node is in no cluster, so it cannot reach ${to}`)
}
