import { networkInterfaces, type NetworkInterfaceInfo } from 'node:os'
import { broadcastAddress, isLinkLocal } from './ip-address.ts'

/** One address of one interface, and how to reach everybody behind it. */
export interface Subnet {
  readonly interfaceName: string
  readonly family: 'ipv4' | 'ipv6'
  readonly address: string
  /** For IPv6: what stands behind the `%`. */
  readonly zone: string
  /** The subnet's own broadcast address; undefined for IPv6, and where there is none. */
  readonly broadcast: string | undefined
  /** Of the loopback interface. */
  readonly isInternal: boolean
}

export type ReadInterfaces = () => Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>

export interface SubnetChoice {
  readonly readInterfaces?: ReadInterfaces
  /** Only these interfaces; all by default. */
  readonly interfaces: readonly string[] | undefined
  /** Also the loopback interface, for several nodes on one machine. */
  readonly loopback: boolean
  readonly subnetsMax: number
}

/** What this machine is in now. The system lists only interfaces that are up and have a cable. */
export function readSubnets(choice: SubnetChoice): readonly Subnet[] {
  const { readInterfaces = networkInterfaces, interfaces, loopback, subnetsMax } = choice
  const found: Subnet[] = []
  for (const [name, infos = []] of Object.entries(readInterfaces())) {
    if (interfaces !== undefined && !interfaces.includes(name)) continue
    for (const info of infos) if (loopback || !info.internal) found.push(subnetOf(name, info))
  }
  return found.slice(0, subnetsMax)
}

/**
 * The hosts under which others reach this machine. A link-local address is one only where its interface has no other,
 * as between two machines on one cable.
 */
export function reachableHosts(subnets: readonly Subnet[]): readonly string[] {
  const hosts = subnets
    .filter((subnet) => {
      const others = subnets.filter(({ interfaceName }) => interfaceName === subnet.interfaceName)
      return !isLinkLocal(subnet.address) || others.every(({ address }) => isLinkLocal(address))
    })
    .toSorted((one, other) => Number(one.family === 'ipv6') - Number(other.family === 'ipv6'))
  return [...new Set(hosts.map(({ address }) => address))]
}

/** Says the same of the same subnets, in whatever order the system lists them. */
export function subnetsKey(subnets: readonly Subnet[]): string {
  return subnets
    .map(({ interfaceName, address, zone, broadcast }) => [interfaceName, address, zone, broadcast].join(' '))
    .toSorted()
    .join('\n')
}

function subnetOf(interfaceName: string, info: NetworkInterfaceInfo): Subnet {
  if (info.family === 'IPv4') {
    const broadcast = broadcastAddress(info.address, info.netmask)
    return { interfaceName, family: 'ipv4', address: info.address, zone: '', broadcast, isInternal: info.internal }
  }
  const zone = process.platform === 'win32' ? String(info.scopeid) : interfaceName
  return { interfaceName, family: 'ipv6', address: info.address, zone, broadcast: undefined, isInternal: info.internal }
}
