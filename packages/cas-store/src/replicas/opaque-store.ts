import type { Crypto } from '@flotilla/core/crypto'
import type { Disk } from '@flotilla/core/disk'
import type { Logger, Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue } from '../catalogue/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { validateChunkPlan } from '../chunking/plan.ts'
import { blobError } from '../errors.ts'
import { packsOnDisk } from '../packs/index.ts'
import type { LocalStore } from '../store/contract.ts'
import { createLocalStore } from '../store/local-store.ts'
import { opaqueEpoch, opaqueWorkshop } from '../transfer/index.ts'
import { createVault } from '../vault/create-vault.ts'

export interface OpaqueStoreOptions {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly crypto: Crypto
  readonly clock: Clock
  readonly entropy: Entropy
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Disposed of after the vault, when the store is closed. */
  readonly owned?: AsyncDisposable
}

/** In place of a wrapped key: what such a folder is known by, so that it is never taken for one with keys. */
const mark: Uint8Array = new TextEncoder().encode('flotilla untrusted replica v1')

/**
 * The store of a node that keeps what it cannot read. It has no keys, and can be brought blobs, give them back, forget
 * them, and find out what its disk has lost; nothing can be put there, as it does not know what content is called.
 * Rejects with `wrong-key`, before anything is written, where there is another kind of store.
 */
export async function opaqueStore(options: OpaqueStoreOptions): Promise<LocalStore> {
  const { disk, catalogue, crypto, clock, entropy, logger, metrics, owned } = options
  await checkMark(options)
  const observing = { ...(logger === undefined ? {} : { logger }), ...(metrics === undefined ? {} : { metrics }) }
  const workshop = opaqueWorkshop({ crypto })
  return createLocalStore({
    vault: createVault({ disk, catalogue, workshop, entropy, clock, ...observing }),
    keyring: {
      keys: { newest: opaqueEpoch, keys: new Map([[opaqueEpoch, mark]]) },
      rotate: () => Promise.reject(noKeys()),
      retire: () => Promise.reject(noKeys()),
      rewrite: () => writeMark(options),
    },
    workshop,
    blobIdOf: () => {
      throw noKeys()
    },
    plan: validateChunkPlan(),
    gear: gearTable(crypto, mark),
    clock,
    ...observing,
    ...(owned === undefined ? {} : { owned }),
    // A scrub would leave blobs here that are not whole: see `ReplicaUpkeep`.
    background: false,
  })
}

async function checkMark(options: OpaqueStoreOptions): Promise<void> {
  const { disk, catalogue } = options
  const rows = await catalogue.keys()
  const [row] = rows
  if (row !== undefined) {
    if (rows.length === 1 && row.epoch === opaqueEpoch && isSame(row.wrapped, mark)) return
    throw blobError('wrong-key', 'this folder holds blobs of a node that can read them, which a replica must not', {
      hint: 'give the replica a folder of its own',
    })
  }
  if ((await catalogue.counts()).chunks > 0 || (await packsOnDisk(disk)).length > 0) {
    throw blobError('wrong-key', 'this folder holds packs, and nothing says of what kind they are', {
      hint: 'give the replica an empty folder: it is brought everything again',
    })
  }
  await writeMark(options)
}

async function writeMark({ catalogue, clock }: OpaqueStoreOptions): Promise<void> {
  const atMs = Math.trunc(clock.wallNow())
  await catalogue.commit([{ type: 'set-key', key: { epoch: opaqueEpoch, wrapped: mark, atMs } }])
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}

function noKeys(): Error {
  return blobError('wrong-request', 'this node keeps copies that it cannot read, and has no keys', {
    hint: 'do it on a node of the cluster',
  })
}
