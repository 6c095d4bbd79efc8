import { FlotillaError } from '@flotilla/core/errors'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Crypto } from '@flotilla/core/crypto'
import type { AnyRoute } from '../http/route.ts'
import type { SettingName } from '../settings/settings.ts'
import type { SettingsInForce } from '../settings/settings-in-force.ts'

/** The shape of every service: one package, put together, asked over HTTP, measured, and closed. */
export interface Service extends AsyncDisposable {
  readonly routes: readonly AnyRoute[]
  /** Brings the gauges up to date; what only counts is counted where it happens. */
  measure(): void
}

/** What every service is made of. */
export interface ServiceParts extends Pick<SettingsInForce, 'settings' | 'given'> {
  /** For who keeps what it has made of a setting that is live: the listener is told after each change of it. */
  readonly watchSetting: (name: SettingName, listener: () => void) => Disposable
  readonly version: string
  readonly clock: Clock
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly logger: Logger
  readonly metrics: Metrics
}

/** What wants a cluster is refused with this where there is none. */
export function noCluster(): FlotillaError {
  return new FlotillaError('no-cluster', 'this node is in no cluster yet', {
    hint: 'make one with `flotilla init`, or join one with `flotilla join TOKEN`',
  })
}
