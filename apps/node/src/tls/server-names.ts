import { hostname, networkInterfaces } from 'node:os'
import { isIP } from 'node:net'
import { nodeLimitsDefaults } from '../limits.ts'

export interface ServerNames {
  readonly names: readonly string[]
  readonly addresses: readonly string[]
}

const everywhere = ['0.0.0.0', '::']
/** What can stand in a certificate, and in the address of a page. */
const nameForm = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/

/** Whether what listens there can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

/** Under which a machine is known that others can reach. */
export function ownNames(): readonly string[] {
  return [hostname().toLowerCase()]
}

/** What this node is called by those who reach it at `host`; `allowed`: the setting `allow-host`. */
export function serverNames(host: string, allowed: readonly string[]): ServerNames {
  const here = everywhere.includes(host) ? ownAddresses() : [host]
  const given = allowed.map((name) =>
    name
      .replace(/:\d+$/, '')
      .replace(/^\[|\]$/g, '')
      .toLowerCase(),
  )
  const all = ['localhost', ...(isLoopback(host) ? [] : ownNames()), ...given, '127.0.0.1', '::1', ...here]
  const { certificateNamesMax } = nodeLimitsDefaults
  const isAddress = (name: string): boolean => isIP(name) !== 0
  return {
    names: [...new Set(all.filter((name) => !isAddress(name) && nameForm.test(name)))].slice(0, certificateNamesMax),
    addresses: [...new Set(all.filter(isAddress))].slice(0, certificateNamesMax),
  }
}

/** Those that lead here from elsewhere too. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ address }) => !/^fe[89ab]/i.test(address))
    .map(({ address }) => address)
}
