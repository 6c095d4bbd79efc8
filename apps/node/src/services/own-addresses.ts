import type { MeshAddress } from './mesh-address.ts'

/**
 * Where others reach what listens here, best first: a wildcard stands for every address of this machine that datagrams
 * can come to. Link-local addresses mean nothing elsewhere and are left out; where there is nothing else, as on a
 * machine without a network, loopback is better than nothing.
 */
export function ownAddresses(listening: readonly MeshAddress[], hosts: readonly string[]): readonly MeshAddress[] {
  const all = listening.flatMap(({ host, port }) => {
    const meant = isWildcard(host) ? hosts.filter((own) => host === '::' || !own.includes(':')) : [host]
    return meant.map((each) => ({ host: each, port }))
  })
  const once = [...new Map(all.map((address) => [`${address.host} ${address.port}`, address])).values()]
  const far = once.filter(({ host }) => !isLinkLocal(host))
  const [first] = listening
  if (far.length > 0 || first === undefined) return far.toSorted((one, other) => rank(one) - rank(other))
  return [{ host: isWildcard(first.host) ? '127.0.0.1' : first.host, port: first.port }]
}

function isWildcard(host: string): boolean {
  return host === '::' || host === '0.0.0.0'
}

function isLinkLocal(host: string): boolean {
  return /^fe[89ab][0-9a-f]:/i.test(host) || host.startsWith('169.254.')
}

function rank({ host }: MeshAddress): number {
  if (host.startsWith('127.') || host === '::1') return 2
  return host.includes(':') ? 1 : 0
}
