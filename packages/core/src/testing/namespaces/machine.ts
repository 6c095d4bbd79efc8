/** One machine of a laboratory: a network namespace with one network card, `eth0`, on its network's switch. */
export interface Machine {
  /** `m1`, `m2`… */
  readonly name: string
  readonly namespace: string
  /** Which of the laboratory's networks, from 0. */
  readonly network: number
}

/** The router has this one in every network. */
export const routerHost = 1
/** The first machine of a network has this one. */
export const firstHost = 11

export function ipv4Of(network: number, host: number): string {
  return `10.77.${network}.${host}`
}

export function ipv6Of(network: number, host: number): string {
  return `fd00:77:${network}::${host}`
}

/** Given by hand, not made from the hardware address, so that a cut can name it. */
export function linkLocalOf(host: number): string {
  return `fe80::${host}`
}

export function ipv4Broadcast(network: number): string {
  return `10.77.${network}.255`
}

/** What `ip` has to do in a namespace to give its card these addresses. */
export function addressCommands(device: string, network: number, host: number): readonly string[] {
  // No duplicate detection, which keeps an address out of use for a second.
  return [
    `address add ${ipv4Of(network, host)}/24 broadcast ${ipv4Broadcast(network)} dev ${device}`,
    `address add ${ipv6Of(network, host)}/64 dev ${device} nodad`,
    `address add ${linkLocalOf(host)}/64 dev ${device} nodad`,
  ]
}

export function routeCommands(device: string, network: number): readonly string[] {
  return [
    `route replace default via ${ipv4Of(network, routerHost)} dev ${device}`,
    `route replace ::/0 via ${ipv6Of(network, routerHost)} dev ${device}`,
  ]
}
