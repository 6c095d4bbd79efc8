/**
 * IP addresses as text, without a look at the machine: what kind they are, and whether somebody may be told to send
 * there. Names are never addresses here, because looking one up asks a stranger where to go.
 */
import type { Address } from './address.ts'

export type IpFamily = 'ipv4' | 'ipv6'

/** The longest text of an address without its zone. */
export const ipTextLengthMax = 45

/** Undefined for whatever is not an IP address. A zone (`%eth0`) is allowed behind IPv6. */
export function ipFamily(host: string): IpFamily | undefined {
  if (ipv4Number(host) !== undefined) return 'ipv4'
  return ipv6Groups(withoutZone(host)) === undefined ? undefined : 'ipv6'
}

/** Means every address of the machine: to listen on, not to send to. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || isAll(ipv6Groups(host), 0)
}

export function isLoopback(host: string): boolean {
  const number = ipv4Number(host)
  if (number !== undefined) return number >>> 24 === 127
  const groups = ipv6Groups(withoutZone(host))
  return groups !== undefined && isAll(groups.slice(0, 7), 0) && groups[7] === 1
}

/** An IPv6 address that means something only together with the interface it was heard on. */
export function isLinkLocal(host: string): boolean {
  const first = ipv6Groups(withoutZone(host))?.[0]
  return first !== undefined && (first & 0xffc0) === 0xfe80
}

/** Whether one machine can be behind it: neither everybody (multicast, broadcast) nor nobody. */
export function isUnicast(host: string): boolean {
  const number = ipv4Number(host)
  if (number !== undefined) return number >>> 24 !== 0 && number >>> 28 < 14
  const groups = ipv6Groups(withoutZone(host))
  return groups !== undefined && !isAll(groups, 0) && ((groups[0] ?? 0) & 0xff00) !== 0xff00
}

/** Everything behind the zone's `%`, or undefined. */
export function zoneOf(host: string): string | undefined {
  const at = host.indexOf('%')
  return at === -1 ? undefined : host.slice(at + 1)
}

export function withoutZone(host: string): string {
  const at = host.indexOf('%')
  return at === -1 ? host : host.slice(0, at)
}

/** `[::1]:7` or `127.0.0.1:7`, for people and as a key. */
export function shownAddress({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

export function isSameAddress(one: Address, other: Address): boolean {
  return one.port === other.port && one.host === other.host
}

/** The address that all machines of a subnet hear; undefined where there is none, as on links between two machines. */
export function broadcastAddress(address: string, netmask: string): string | undefined {
  const [own, mask] = [ipv4Number(address), ipv4Number(netmask)]
  // A prefix of 31 or 32 bits leaves no address over for it (RFC 3021), and one of none would mean the whole world.
  if (own === undefined || mask === undefined || mask === 0 || mask >= 0xfffffffe) return undefined
  const everybody = (own | ~mask) >>> 0
  return [24, 16, 8, 0].map((shift) => (everybody >>> shift) & 255).join('.')
}

function ipv4Number(host: string): number | undefined {
  const parts = host.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) {
    return undefined
  }
  return parts.reduce((number, part) => number * 256 + Number(part), 0)
}

/** The eight groups, or undefined. */
function ipv6Groups(host: string): readonly number[] | undefined {
  if (host.length > ipTextLengthMax || !host.includes(':')) return undefined
  if (host.includes('.') && !/^[^.]*:[\d.]+$/.test(host)) return undefined
  const halves = host.split('::')
  if (halves.length > 2) return undefined
  const [front, back] = halves.map((half) => (half === '' ? [] : half.split(':').flatMap(groupsOf)))
  if (front === undefined || [...front, ...(back ?? [])].includes(-1)) return undefined
  if (back === undefined) return front.length === 8 ? front : undefined
  const missing = 8 - front.length - back.length
  return missing < 1 ? undefined : [...front, ...Array.from({ length: missing }, () => 0), ...back]
}

/** One group, or two for an IPv4 address at the end; -1 for what is neither. */
function groupsOf(text: string, index: number, all: readonly string[]): readonly number[] {
  if (/^[\da-f]{1,4}$/i.test(text)) return [Number.parseInt(text, 16)]
  const number = index === all.length - 1 ? ipv4Number(text) : undefined
  return number === undefined ? [-1] : [number >>> 16, number & 0xffff]
}

function isAll(groups: readonly number[] | undefined, value: number): boolean {
  return groups !== undefined && groups.every((group) => group === value)
}
