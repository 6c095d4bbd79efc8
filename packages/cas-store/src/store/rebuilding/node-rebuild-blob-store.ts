import { nodeCrypto } from '@flotilla/core/crypto/node'
import type { Disk } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import { silentLogger } from '@flotilla/core/observe'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import type { Catalogue, KeyRow } from '../../catalogue/contract.ts'
import { packsOnDisk } from '../../packs/index.ts'
import { identityOf, identitySecret } from '../../sealing/identity.ts'
import { KeyCopy } from '../../sealing/keyring/key-copy.ts'
import { openKeyring, type Keyring } from '../../sealing/keyring/keyring.ts'
import { nodeChunkCipher } from '../../sealing/node-chunk-cipher.ts'
import { threadWorkshop } from '../../sealing/node-thread-workshop.ts'
import { encodeDescriptor } from '../../tree/descriptor-codec.ts'
import { createVault } from '../../vault/create-vault.ts'
import { validateLocalStoreLimits } from '../../limits.ts'
import { blobError, codeOf } from '../errors.ts'
import { openCatalogue, secretChooser, type OpenBlobStoreOptions } from '../node-open-blob-store.ts'
import { putRebuiltInPlace, rebuiltFile, removeRebuilt } from './catalogue-files.ts'
import { rebuiltNote } from './rebuilt-note.ts'
import { findBlobs, findChunks, type FoundChunks, type RebuildParts, type RebuildProgress } from './rebuild.ts'

export interface RebuildOptions extends OpenBlobStoreOptions {
  /**
   * `found`: a blob for everything that is no part of another; for a store alone, of which nobody else knows. `none`:
   * chunks only; for one of several nodes, which tell it what there is, and what was deleted.
   */
  readonly blobs: 'found' | 'none'
  readonly onProgress?: (progress: RebuildProgress) => void
}

export interface RebuildReport extends FoundChunks {
  readonly blobs: number
  /** Where the catalogue that could not be read is kept; undefined where there was none. */
  readonly keptAs: string | undefined
}

/**
 * Makes the catalogue of a store anew from its packs, where it is lost or cannot be read at all; what was there is
 * kept beside it. Names and pins are lost, and of blobs alone what was deleted and not collected is back.
 *
 * Rejects with `wrong-request` where the catalogue can be read, with `wrong-key` where the keys cannot be opened or
 * their copy is gone, and with what opening the store would reject with otherwise. Nothing is changed then.
 */
export async function rebuildBlobStore(options: RebuildOptions): Promise<RebuildReport> {
  const { folder, signal, logger = silentLogger } = options
  signal?.throwIfAborted()
  await using owned = new AsyncDisposableStack()
  const disk = owned.use(await nodeDisk({ folder }))
  await checkLost(disk, folder)
  const rows = await keptRows(disk)
  await removeRebuilt(disk)
  const found = await filled(disk, rows, options)
  const keptAs = await putRebuiltInPlace(disk)
  logger.error({ ...found, keptAs }, 'the catalogue was made anew from the packs')
  return { ...found, keptAs }
}

/** Rejects unless the catalogue cannot be read, or is a new one beside packs. */
async function checkLost(disk: Disk, folder: string): Promise<void> {
  try {
    await using catalogue = await openCatalogue(folder)
    const isBlank = (await catalogue.counts()).chunks === 0 && (await catalogue.keys()).length === 0
    if (isBlank && (await packsOnDisk(disk)).length > 0) return
  } catch (error) {
    if (codeOf(error) === 'corrupt') return
    throw error
  }
  throw blobError('wrong-request', 'the catalogue of this store can be read, so it is not made anew', {
    hint: 'run a check, which mends what is damaged in it',
  })
}

async function keptRows(disk: Disk): Promise<readonly KeyRow[]> {
  const rows = await new KeyCopy(disk).read()
  if (rows !== 'none' && rows !== 'damaged' && rows.length > 0) return rows
  const what = rows === 'damaged' ? 'damaged' : 'not there'
  throw blobError('wrong-key', `the copy of the store's keys (the file keys) is ${what}`, {
    hint: 'restore the file keys, or the whole folder, from a backup; without keys nothing in the packs can be read',
  })
}

async function filled(
  disk: Disk,
  rows: readonly KeyRow[],
  options: RebuildOptions,
): Promise<FoundChunks & { readonly blobs: number }> {
  const { folder, signal, clock = nodeClock(), entropy = nodeEntropy(), identity, threads } = options
  const { logger = silentLogger, onProgress } = options
  await using owned = new AsyncDisposableStack()
  const catalogue: Catalogue = owned.use(await openCatalogue(folder, rebuiltFile))
  const crypto = nodeCrypto()
  const keyring: Keyring = owned.use(
    await openKeyring({
      rows,
      commit: (changes) => catalogue.commit(changes),
      secret: await secretChooser(options)(false),
      isEmpty: false,
      ...(identity === undefined ? {} : { identity: identitySecret(identity) }),
      crypto,
      cipher: nodeChunkCipher(),
      entropy,
      nowMs: () => clock.wallNow(),
    }),
  )
  await catalogue.commit(rows.map((key) => ({ type: 'set-key', key })))
  const naming = owned.use(identityOf(crypto, keyring.identity))
  const { identity: secret, keys } = keyring
  const workshop = owned.use(threadWorkshop({ identity: secret, keys, ...(threads === undefined ? {} : { threads }) }))
  const vault = owned.use(createVault({ disk, catalogue, workshop, entropy, clock, logger }))
  const parts: RebuildParts = {
    disk,
    catalogue,
    vault,
    workshop,
    epochs: new Set(keys.keys.keys()),
    blobIdOf: (descriptor) => naming.blobIdOf(encodeDescriptor(descriptor)),
    wallNow: () => Math.trunc(clock.wallNow()),
    logger,
    pageRows: validateLocalStoreLimits(options.limits).pageRows,
    signal,
    onProgress,
  }
  const chunks = await findChunks(parts)
  if (options.blobs === 'found') return { ...chunks, ...(await findBlobs(parts)) }
  await catalogue.commit([{ type: 'set-note', key: rebuiltNote, value: String(parts.wallNow()) }])
  return { ...chunks, blobs: 0 }
}
