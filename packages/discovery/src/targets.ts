import type { NodeId } from '@flotilla/core/ids'
import { textHash } from '@flotilla/core/machines'
import type { Address } from './address.ts'
import { isSameAddress, shownAddress } from './ip-address.ts'
import type { KnownPeer } from './peer-store/peer-table.ts'

/** Somebody to be connected with: by id with the addresses to try, or by an address alone. */
export interface DiscoveryTarget {
  /** Whoever answers with another id is not the target; undefined takes whoever is in the cluster. */
  readonly id: NodeId | undefined
  readonly addresses: readonly Address[]
}

export interface TargetSources {
  readonly self: NodeId
  readonly staticPeers: readonly DiscoveryTarget[]
  readonly bootstrapPeers: readonly Address[]
  readonly peers: readonly KnownPeer[]
}

/**
 * All whom to be connected with, each once: those that were typed in come first, then what was found, in an order that
 * stays the same on this node and differs from that of every other, so that where there are more than one node may be
 * connected with, not all choose the same.
 */
export function mergedTargets({ self, staticPeers, bootstrapPeers, peers }: TargetSources): readonly DiscoveryTarget[] {
  const byId = new Map(peers.map((peer) => [peer.id, peer]))
  const typed = staticPeers
    .filter(({ id }) => id !== self)
    .map(({ id, addresses }) => {
      const found = id === undefined ? undefined : byId.get(id)
      return { id, addresses: [...addresses, ...(found?.addresses ?? []).filter(isNotIn(addresses))] }
    })
  const connected = peers.filter(({ status }) => status === 'connected')
  const bootstrap = bootstrapPeers
    // Whoever is connected already is kept up under its id.
    .filter((address) => !connected.some(({ addresses }) => !isNotIn(addresses)(address)))
    .map((address) => ({ id: undefined, addresses: [address] }))
  const isTyped = new Set(typed.map(({ id }) => id))
  const found = peers
    .filter(({ id, addresses }) => id !== self && !isTyped.has(id) && addresses.length > 0)
    .map(({ id, addresses }) => ({ target: { id, addresses }, place: textHash(`${self} ${id}`) }))
    .toSorted((one, other) => one.place - other.place)
  return [...typed, ...bootstrap, ...found.map(({ target }) => target)]
}

/** Says the same of the same targets in the same order. */
export function targetsKey(targets: readonly DiscoveryTarget[]): string {
  return targets.map(({ id, addresses }) => `${id} ${addresses.map(shownAddress).join(' ')}`).join('\n')
}

function isNotIn(addresses: readonly Address[]): (address: Address) => boolean {
  return (address) => !addresses.some((other) => isSameAddress(address, other))
}
