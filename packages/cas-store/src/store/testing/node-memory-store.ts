import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Disk } from '@flotilla/core/disk'
import { silentLogger, type Logger } from '@flotilla/core/observe'
import { Prng, type Entropy } from '@flotilla/core/random'
import { ManualClock, memoryDisk } from '@flotilla/core/testing'
import type { Clock } from '@flotilla/core/time'
import type { Catalogue } from '../../catalogue/contract.ts'
import { inlineCatalogue } from '../../catalogue/node-inline-catalogue.ts'
import type { ChunkPlan } from '../../chunking/contract.ts'
import { gearTable } from '../../chunking/gear.ts'
import type { LocalStoreLimits } from '../../limits.ts'
import type { DataKeys } from '../../sealing/contract.ts'
import { identityOf, identitySecret } from '../../sealing/identity.ts'
import { inlineWorkshop } from '../../sealing/node-inline-workshop.ts'
import { encodeDescriptor } from '../../tree/descriptor-codec.ts'
import type { KeyEpoch } from '../../types.ts'
import { createVault } from '../../vault/create-vault.ts'
import type { VaultLimits } from '../../vault/limits.ts'
import type { LocalStore } from '../contract.ts'
import { createLocalStore } from '../local-store.ts'
import type { RotatingKeys } from '../store-keys.ts'

/** Small chunks, so that small blobs have trees. */
const smallPlan: ChunkPlan = [{ from: 0, sizes: { min: 64, average: 256, max: 1_024 } }]

export interface MemoryStoreOptions {
  readonly disk?: Disk
  readonly catalogue?: Catalogue
  readonly clock?: Clock
  readonly entropy?: Entropy
  readonly logger?: Logger
  readonly limits?: Partial<LocalStoreLimits>
  readonly vaultLimits?: Partial<VaultLimits>
  readonly plan?: ChunkPlan
  readonly background?: boolean
}

/** A store whose disk, catalogue and keys are in memory, for tests of the store. */
export async function memoryStore(options: MemoryStoreOptions = {}): Promise<LocalStore> {
  const { clock = new ManualClock(), entropy = new Prng(1), logger = silentLogger } = options
  const disk = options.disk ?? memoryDisk().open()
  const catalogue = options.catalogue ?? inlineCatalogue()
  const crypto = nodeCrypto()
  const secret = identitySecret(new Uint8Array(32).fill(7))
  const keyring = await plainKeys(catalogue)
  const workshop = inlineWorkshop({ identity: secret, keys: keyring.keys, entropy, crypto })
  const identity = identityOf(crypto, secret)
  return createLocalStore({
    vault: createVault({
      disk,
      catalogue,
      workshop,
      entropy,
      clock,
      logger,
      ...(options.vaultLimits === undefined ? {} : { limits: options.vaultLimits }),
    }),
    keyring,
    workshop,
    blobIdOf: (descriptor) => identity.blobIdOf(encodeDescriptor(descriptor)),
    plan: options.plan ?? smallPlan,
    gear: gearTable(crypto, secret),
    clock,
    logger,
    background: options.background ?? false,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    owned: {
      async [Symbol.asyncDispose]() {
        await workshop[Symbol.asyncDispose]()
        // What a test has brought may be looked at after the store was closed.
        if (options.catalogue === undefined) await catalogue[Symbol.asyncDispose]()
        if (options.disk === undefined) await disk[Symbol.asyncDispose]()
      },
    },
  })
}

/** Keys that anybody can guess, kept in the clear. */
async function plainKeys(catalogue: Catalogue): Promise<RotatingKeys> {
  const epochs = (await catalogue.keys()).map(({ epoch }) => epoch)
  const set = (epoch: KeyEpoch): Promise<void> =>
    catalogue.commit([{ type: 'set-key', key: { epoch, wrapped: keyOf(epoch), atMs: 0 } }])
  const add = async (epoch: KeyEpoch): Promise<void> => {
    await set(epoch)
    epochs.push(epoch)
  }
  if (epochs.length === 0) await add(1 as KeyEpoch)
  const keys = (): DataKeys => ({
    newest: Math.max(...epochs) as KeyEpoch,
    keys: new Map(epochs.map((epoch) => [epoch, keyOf(epoch)])),
  })
  return {
    get keys() {
      return keys()
    },
    async rotate() {
      await add((Math.max(...epochs) + 1) as KeyEpoch)
      return keys()
    },
    async retire(needed) {
      const kept = new Set([...needed, keys().newest])
      const gone = epochs.filter((epoch) => !kept.has(epoch))
      await catalogue.commit(gone.map((epoch) => ({ type: 'remove-key' as const, epoch })))
      epochs.splice(0, epochs.length, ...epochs.filter((epoch) => kept.has(epoch)))
      return keys()
    },
    async rewrite() {
      for (const epoch of epochs) await set(epoch)
    },
  }
}

function keyOf(epoch: KeyEpoch): Uint8Array {
  return new Uint8Array(32).fill(epoch)
}
