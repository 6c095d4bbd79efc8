import type { Crypto } from '@flotilla/core/crypto'
import type { NodeId } from '@flotilla/core/ids'
import type { Channel, Network } from '@flotilla/core/network'
import type { Counter, Logger, Metrics } from '@flotilla/core/observe'
import type { Clock } from '@flotilla/core/time'
import type { Workshop } from '../sealing/contract.ts'
import type { BlobDescriptor, BlobId } from '../types.ts'
import type { Vault } from '../vault/contract.ts'
import type { TransferHooks } from './contract.ts'
import type { TransferSettings } from './limits.ts'
import type { StrangerSeal } from './strangers/stranger-seal.ts'

/** What all parts of a transfer share. */
export interface TransferContext {
  readonly network: Network
  readonly channel: Channel
  readonly vault: Vault
  readonly workshop: Pick<Workshop, 'slab' | 'identify'>
  /** Left out where it cannot be known. */
  readonly blobIdOf: ((descriptor: BlobDescriptor) => BlobId | Promise<BlobId>) | undefined
  /** This node keeps what it cannot read. */
  readonly isUntrusted: boolean
  readonly strangers: Strangers | undefined
  readonly clock: Clock
  readonly hooks: TransferHooks
  readonly settings: TransferSettings
  readonly logger: Logger
  readonly instruments: TransferInstruments
  /** A peer did what no honest one does. */
  tellLie(peer: NodeId, error: unknown): void
}

/** Who must not read anything, and how chunks are given to them. */
interface Strangers {
  readonly seal: StrangerSeal
  readonly crypto: Pick<Crypto, 'sha256'>
  readonly isUntrusted: (peer: NodeId) => boolean
}

export interface TransferInstruments {
  readonly bytes: Counter<'direction'>
  readonly leftOut: Counter<'reason'>
  readonly pushesEnded: Counter<'end'>
}

export function transferInstruments(metrics: Metrics): TransferInstruments {
  return {
    bytes: metrics.counter({
      name: 'flotilla_cas_transfer_bytes_total',
      help: 'Bytes of chunks moved between nodes.',
      labelNames: ['direction'],
    }),
    leftOut: metrics.counter({
      name: 'flotilla_cas_transfer_peers_left_out_total',
      help: 'Peers that were left out of fetching chunks.',
      labelNames: ['reason'],
    }),
    pushesEnded: metrics.counter({
      name: 'flotilla_cas_transfer_pushes_received_total',
      help: 'Pushes of peers, by how they ended.',
      labelNames: ['end'],
    }),
  }
}
