import { FlotillaError } from '@flotilla/core/errors'
import type { Address } from './address.ts'
import { validateBeaconSettings, type BeaconSettings } from './beacons/limits.ts'
import { validateDiallingSettings, type DiallingSettings } from './dialling/limits.ts'
import { validateExchangeSettings, type ExchangeSettings } from './exchange/limits.ts'
import { ipFamily } from './ip-address.ts'
import { validatePeerTableSettings, type PeerTableSettings } from './peer-store/limits.ts'
import type { DiscoveryTarget } from './targets.ts'

export interface DiscoverySettings extends BeaconSettings, PeerTableSettings, ExchangeSettings, DiallingSettings {
  /** Always to be connected with, wherever else they are heard of. */
  readonly staticPeers: readonly DiscoveryTarget[]
  /** Addresses at which somebody of the cluster answers, such as one node of another subnet. */
  readonly bootstrapPeers: readonly Address[]
}

/** Returns the settings completed with defaults, or throws a sentence that names the wrong one. */
export function validateDiscoverySettings(settings: Partial<DiscoverySettings> = {}): DiscoverySettings {
  const { staticPeers = [], bootstrapPeers = [], ...rest } = settings
  for (const { host, port } of [...bootstrapPeers, ...staticPeers.flatMap(({ addresses }) => addresses)]) {
    if (ipFamily(host) !== undefined && Number.isInteger(port) && port > 0 && port < 65_536) continue
    throw new FlotillaError(
      'wrong-setting',
      `discovery: ${JSON.stringify(host)} port ${port} is no address of a peer`,
      {
        hint: 'staticPeers and bootstrapPeers take IP addresses and ports from 1 to 65535',
      },
    )
  }
  return {
    ...validateBeaconSettings(rest),
    ...validatePeerTableSettings(rest),
    ...validateExchangeSettings(rest),
    ...validateDiallingSettings(rest),
    staticPeers,
    bootstrapPeers,
  }
}
