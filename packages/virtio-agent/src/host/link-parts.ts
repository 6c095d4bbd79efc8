import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { MetricsDetail, WallChannel } from '../contract.ts'
import type { OrderSigner, Packing, SharedKey } from '../own/index.ts'
import type { GuestHostLimits } from './limits.ts'
import type { SharedRoom } from './shared-room.ts'
import type { VmRecord } from './vm-record.ts'

/** What a link to one machine is made of. */
export interface LinkParts {
  readonly record: VmRecord
  readonly clock: Clock
  readonly entropy: Entropy
  readonly logger: Logger
  readonly limits: GuestHostLimits
  readonly room: SharedRoom
  /** A channel that connects to this socket, again and again until it is disposed. */
  readonly openChannel: (path: string) => WallChannel
  readonly packing: Packing | undefined
  readonly key: SharedKey | undefined
  readonly signer: OrderSigner | undefined
  readonly metrics: { readonly intervalMs: number; readonly detail: MetricsDetail } | undefined
  /** Something that is shown has changed. */
  readonly onChange: () => void
}

/** What looks after one machine; a link is made with the key of that moment. */
export interface VmParts extends Omit<LinkParts, 'key'> {
  /** Throws where there is one that cannot be used: then the machine is not spoken with in our own dialect. */
  readonly keyOf: () => SharedKey | undefined
}
