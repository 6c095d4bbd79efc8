import type { Address } from '../address.ts'
import { isLinkLocal, isLoopback, isUnicast, isWildcard, withoutZone, zoneOf } from '../ip-address.ts'

/**
 * Those of a member's addresses that mean something on this machine. A link-local one gets the zone of the interface
 * on which the member was heard; loopback counts only from a member that was heard over loopback. What was relayed has
 * no `from`, and so neither.
 */
export function usableAddresses(said: readonly Address[], from: Address | undefined): readonly Address[] {
  const zone = from === undefined ? undefined : zoneOf(from.host)
  return said.flatMap((address): Address[] => {
    const { host, port } = address
    if (!isUnicast(host)) return []
    if (isLoopback(host)) return from !== undefined && isLoopback(from.host) ? [address] : []
    if (!isLinkLocal(host)) return [address]
    return zone === undefined ? [] : [{ host: `${host}%${zone}`, port }]
  })
}

/** Where others reach what listens there: a wildcard stands for every host of this machine that they can send to. */
export function concreteAddresses(listening: readonly Address[], hosts: readonly string[]): readonly Address[] {
  const found = new Map<string, Address>()
  for (const { host, port } of listening) {
    const meant = isWildcard(host) ? hosts.filter((own) => host === '::' || !own.includes(':')) : [host]
    for (const each of meant) found.set(`${withoutZone(each)} ${port}`, { host: withoutZone(each), port })
  }
  return [...found.values()].toSorted((one, other) => rank(one.host) - rank(other.host))
}

/** The same hosts with another port. */
export function onPort(addresses: readonly Address[], port: number): readonly Address[] {
  if (port === 0) return []
  return [...new Set(addresses.map(({ host }) => host))].map((host) => ({ host, port }))
}

/** What reaches farthest and is shortest comes first, because a beacon may have no room for the last. */
function rank(host: string): number {
  if (isLoopback(host)) return 3
  if (isLinkLocal(host)) return 2
  return host.includes(':') ? 1 : 0
}
