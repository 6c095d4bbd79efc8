import { join } from 'node:path'
import type { Crypto } from '@flotilla/core/crypto'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Disk } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import { silentLogger, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import { nodeEntropy } from '@flotilla/core/random/node'
import type { Clock } from '@flotilla/core/time'
import { nodeClock } from '@flotilla/core/time/node'
import type { Catalogue } from '../catalogue/contract.ts'
import { catalogueDefaults } from '../catalogue/limits.ts'
import { sqliteCatalogue } from '../catalogue/node-sqlite-catalogue.ts'
import type { ChunkPlan } from '../chunking/contract.ts'
import { gearTable } from '../chunking/gear.ts'
import { nodeQuickSearch } from '../chunking/node-quick-search.ts'
import { validateChunkPlan } from '../chunking/plan.ts'
import type { LocalStoreLimits } from '../limits.ts'
import { packsOnDisk } from '../packs/index.ts'
import { identityOf, identitySecret } from '../sealing/identity.ts'
import { keyFileSecret } from '../sealing/keyring/node-key-file.ts'
import { openKeyRows } from '../sealing/keyring/key-rows.ts'
import { openKeyring, type Keyring } from '../sealing/keyring/keyring.ts'
import { passphraseSecret } from '../sealing/keyring/node-passphrase.ts'
import type { WrappingSecret } from '../sealing/keyring/wrapping-secret.ts'
import { nodeChunkCipher } from '../sealing/node-chunk-cipher.ts'
import { threadWorkshop } from '../sealing/node-thread-workshop.ts'
import { encodeDescriptor } from '../tree/descriptor-codec.ts'
import { createVault } from '../vault/create-vault.ts'
import type { VaultLimits } from '../vault/limits.ts'
import type { LocalStore } from './contract.ts'
import { blobError } from './errors.ts'
import { createLocalStore } from './local-store.ts'
import { catalogueFile } from './rebuilding/catalogue-files.ts'
import { freeSpaceGuard, walPagesMaxOf } from './node-free-space.ts'

export interface OpenBlobStoreOptions {
  /** Made on first use, for its owner alone. No other process may have it open. */
  readonly folder: string
  /** A file with the key to the store's keys, somewhere else than in the folder; it is made for a store that is new. */
  readonly keyFile?: string
  /** In place of a key file. */
  readonly passphrase?: string
  /** In place of both. */
  readonly secret?: WrappingSecret | { readonly keyFile: string; readonly create: boolean }
  /** 32 secret bytes that all nodes of a cluster have. Default: bytes of its own, which the store keeps. */
  readonly identity?: Uint8Array
  /** That hash, seal and open. Default: as many as the machine runs at a time, at most 8. */
  readonly threads?: number
  /** How content is cut. It must be the same for all nodes of a cluster, and stay so. */
  readonly plan?: ChunkPlan
  readonly limits?: Partial<LocalStoreLimits>
  readonly vaultLimits?: Partial<VaultLimits>
  readonly clock?: Clock
  readonly entropy?: Entropy
  readonly logger?: Logger
  readonly metrics?: Metrics
  /** Whether it scrubs, and seals again, by itself. Default true. */
  readonly background?: boolean
  readonly signal?: AbortSignal
}

/**
 * Opens a store in a folder. Rejects with `in-use` where another process has it, and with `wrong-key`, before anything
 * is written, where the key is missing or not that of the store.
 */
export async function openBlobStore(options: OpenBlobStoreOptions): Promise<LocalStore> {
  const { folder, signal } = options
  const plan = validateChunkPlan(options.plan)
  const chooseSecret = secretChooser(options)
  signal?.throwIfAborted()
  const opened = new AsyncDisposableStack()
  try {
    const disk = opened.use(await nodeDisk({ folder }))
    const catalogue = opened.use(await openCatalogue(folder))
    const crypto = nodeCrypto()
    const keyring = opened.use(await keysOf({ disk, catalogue, crypto, options, chooseSecret }))
    signal?.throwIfAborted()
    return assemble({ disk, catalogue, crypto, keyring, plan, options, opened })
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}

/** The database of that folder, which is made if there is none. */
export function openCatalogue(folder: string, name: string = catalogueFile): Promise<Catalogue> {
  const walPagesMax = walPagesMaxOf(folder, catalogueDefaults.walPagesMax)
  return sqliteCatalogue({ path: join(folder, name), limits: { walPagesMax } })
}

interface KeyParts {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly crypto: Crypto
  readonly options: OpenBlobStoreOptions
  readonly chooseSecret: (isNew: boolean) => Promise<WrappingSecret>
}

async function keysOf({ disk, catalogue, crypto, options, chooseSecret }: KeyParts): Promise<Keyring> {
  const { clock = nodeClock(), entropy = nodeEntropy(), identity, logger = silentLogger } = options
  const knowsNoChunks = (await catalogue.counts()).chunks === 0
  // Packs without a catalogue are a store that has lost it, and not a new one.
  const isEmpty = knowsNoChunks && (await packsOnDisk(disk)).length === 0
  const { rows, commit, settle } = await openKeyRows({ disk, catalogue, knowsNoChunks, logger })
  const keyring = await openKeyring({
    rows,
    commit,
    secret: await chooseSecret(rows.length === 0 && isEmpty),
    isEmpty,
    ...(identity === undefined ? {} : { identity: identitySecret(identity) }),
    crypto,
    cipher: nodeChunkCipher(),
    entropy,
    nowMs: () => clock.wallNow(),
  })
  try {
    await settle()
    return keyring
  } catch (error) {
    keyring[Symbol.dispose]()
    throw error
  }
}

interface AssemblyParts {
  readonly disk: Disk
  readonly catalogue: Catalogue
  readonly crypto: Crypto
  readonly keyring: Keyring
  readonly plan: ChunkPlan
  readonly options: OpenBlobStoreOptions
  readonly opened: AsyncDisposableStack
}

function assemble({ disk, catalogue, crypto, keyring, plan, options, opened }: AssemblyParts): LocalStore {
  const { folder, threads, clock = nodeClock(), entropy = nodeEntropy(), limits, vaultLimits } = options
  const { logger, metrics, background } = options
  const observing = { ...(logger === undefined ? {} : { logger }), ...(metrics === undefined ? {} : { metrics }) }
  const naming = opened.use(identityOf(crypto, keyring.identity))
  const gear = gearTable(crypto, keyring.identity, { makeQuick: nodeQuickSearch })
  const workshop = opened.use(
    threadWorkshop({
      identity: keyring.identity,
      keys: keyring.keys,
      ...(threads === undefined ? {} : { threads }),
    }),
  )
  const vault = createVault({
    disk,
    catalogue,
    workshop,
    entropy,
    clock,
    ...observing,
    ...(vaultLimits === undefined ? {} : { limits: vaultLimits }),
  })
  return createLocalStore({
    vault,
    keyring,
    workshop,
    blobIdOf: (descriptor) => naming.blobIdOf(encodeDescriptor(descriptor)),
    plan,
    gear,
    clock,
    checkRoom: freeSpaceGuard(folder, () => clock.now()),
    ...observing,
    ...(limits === undefined ? {} : { limits }),
    ...(background === undefined ? {} : { background }),
    owned: opened,
  })
}

/** The one that is given; it is made for a store that is new, if it may be. */
export function secretChooser(options: OpenBlobStoreOptions): (isNew: boolean) => Promise<WrappingSecret> {
  const { keyFile, passphrase, secret } = options
  if ([keyFile, passphrase, secret].filter((given) => given !== undefined).length !== 1) {
    throw blobError('wrong-request', 'a store is opened with one of `keyFile`, `passphrase` and `secret`', {
      hint: 'give one of them',
    })
  }
  return async (isNew) => {
    if (secret !== undefined && 'newRecipe' in secret) return secret
    if (secret !== undefined) return keyFileSecret({ path: secret.keyFile, create: secret.create && isNew })
    if (keyFile !== undefined) return keyFileSecret({ path: keyFile, create: isNew })
    return passphraseSecret({ passphrase: passphrase ?? '' })
  }
}
