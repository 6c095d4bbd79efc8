import type { QgaRoute } from '../../../qga/contract.ts'

export interface FourAddress {
  readonly interface: string
  readonly address: string
  readonly prefix: number
}

/** IPv4 addresses of this machine by `/proc/net/fib_trie`, each once; it does not say of which interface they are. */
export function parseLocalAddresses(text: string): ReadonlySet<string> {
  const found = new Set<string>()
  let leaf: string | undefined
  for (const line of text.split('\n')) {
    const address = /^\s*\|-- (\d{1,3}(?:\.\d{1,3}){3})$/.exec(line)?.[1]
    if (address !== undefined) leaf = address
    else if (leaf !== undefined && line.trim() === '/32 host LOCAL') found.add(leaf)
  }
  return found
}

/** Of the interface whose own network it is in, the smallest first; undefined where it is in none. */
export function placeOfAddress(address: string, routes: readonly QgaRoute[]): FourAddress | undefined {
  let best: FourAddress | undefined
  for (const { version, gateway, destination, mask = '', interface: name } of routes) {
    const bits = maskBits(mask)
    if (version !== 4 || gateway !== '0.0.0.0' || bits === undefined || bits <= (best?.prefix ?? 0)) continue
    if (network(address, mask) === network(destination, mask)) best = { interface: name, address, prefix: bits }
  }
  return best
}

function network(address: string, mask: string): string {
  const masks = mask.split('.').map(Number)
  return address
    .split('.')
    .map((part, index) => Number(part) & (masks[index] ?? 0))
    .join('.')
}

function maskBits(mask: string): number | undefined {
  const bits = mask
    .split('.')
    .map((part) => Number(part).toString(2).padStart(8, '0'))
    .join('')
  return /^1*0*$/.test(bits) && bits.length === 32 ? bits.lastIndexOf('1') + 1 : undefined
}
