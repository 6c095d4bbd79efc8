import type { ClusterId } from '@flotilla/certificates'
import type { NodeId } from '@flotilla/core/ids'
import type { NetworkLimits } from '@flotilla/core/network'
import type { HandlerFailure } from '@flotilla/core/network/sessions'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Compression } from './frames/compression.ts'
import type { TransportLimits } from './limits.ts'
import type { Admission, Links } from './links.ts'
import type { Transport } from './transport.ts'

export interface TransportOptions {
  /** Who we are; the same as in the certificate that `links` shows. */
  readonly self: { readonly id: NodeId; readonly cluster: ClusterId }
  /** Disposed with the transport. */
  readonly links: Links
  readonly clock: Clock
  /** For the id of this life and the seed of the jitter. */
  readonly entropy: Entropy
  readonly limits?: Partial<TransportLimits>
  readonly networkLimits?: Partial<NetworkLimits>
  /** Whether somebody with a certificate of this cluster may be connected. Everybody may, by default. */
  readonly admission?: Admission
  /** None by default. */
  readonly compression?: Compression
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Errors of handlers that were not meant for the far side; logged as errors by default. */
  readonly onHandlerError?: (failure: HandlerFailure) => void
  /** Runs something at the end of this turn of the event loop, soon: `setImmediate` by default. */
  readonly turnEnd?: (run: () => void) => void
}

/** Listens, and resolves when it does. */
export function createTransport(options: TransportOptions): Promise<Transport> {
  return Promise.reject(new Error(`not yet: ${options.self.id}`))
}
