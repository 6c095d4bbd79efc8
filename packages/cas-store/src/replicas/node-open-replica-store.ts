import { nodeCrypto } from '@flotilla/core/crypto/node'
import { nodeDisk } from '@flotilla/core/disk/node'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import type { Clock } from '@flotilla/core/time'
import { nodeClock } from '@flotilla/core/time/node'
import type { LocalStore } from '../store/contract.ts'
import { openCatalogue } from '../store/node-open-blob-store.ts'
import { opaqueStore } from './opaque-store.ts'

export interface OpenReplicaStoreOptions {
  /** Made on first use, for its owner alone. No other process may have it open. */
  readonly folder: string
  readonly clock?: Clock
  readonly entropy?: Entropy
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/** Opens the folder of an untrusted replica: see `opaqueStore`. */
export async function openReplicaStore(options: OpenReplicaStoreOptions): Promise<LocalStore> {
  const { folder, clock = nodeClock(), entropy = nodeEntropy() } = options
  await using opened = new AsyncDisposableStack()
  const disk = opened.use(await nodeDisk({ folder }))
  const catalogue = opened.use(await openCatalogue(folder))
  const parts = { ...options, disk, catalogue, crypto: nodeCrypto(), clock, entropy }
  // It is closed by the store, which closes it by this; whatever fails before closes it here.
  const owned = new AsyncDisposableStack()
  const store = await opaqueStore({ ...parts, owned })
  owned.use(opened.move())
  return store
}
