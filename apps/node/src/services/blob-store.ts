import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { BlobStore, LocalStore, ReplicatedStore } from '@flotilla/cas-store'
import {
  openBlobStore,
  openReplicaStore,
  rebuildBlobStore,
  type OpenBlobStoreOptions,
  type RebuildOptions,
  type RebuildReport,
} from '@flotilla/cas-store/node'
import type { Disk } from '@flotilla/core/disk'
import { FlotillaError } from '@flotilla/core/errors'
import { replicaBlobs, replicatedBlobs, type BlobCluster } from './blob-replication.ts'
import type { ServiceParts } from './service.ts'
import type { BlobSecretNote } from './blob-secret.ts'

export interface BlobStoreParts extends ServiceParts {
  readonly dataFolder: string
  readonly disk: Disk
  readonly note: BlobSecretNote
}

/** The blobs of this node, or of its cluster. */
export interface OpenBlobs extends AsyncDisposable {
  readonly store: BlobStore
  readonly local: LocalStore
  /** Undefined where this node is alone. */
  readonly replicated: ReplicatedStore | undefined
  /** What checks everything that is here, and mends or gives up what is damaged. */
  readonly checked: Pick<LocalStore, 'check'>
  /** Why `store` refuses everything, where it does: what is kept here cannot be read here. */
  readonly unreadable?: FlotillaError
}

/**
 * Opens the store of this node: alone under a secret of its own, in a cluster under the cluster's, where it takes the
 * place of an empty one from before. Rejects with why blobs cannot be kept here.
 */
export async function openBlobs(parts: BlobStoreParts, cluster: BlobCluster | undefined): Promise<OpenBlobs> {
  if (cluster === undefined) return alone(await openLocal(parts, await parts.note.readOrDraw()))
  const folder = folderOf(parts)
  const own = await parts.note.read()
  if (cluster.role === 'replica') {
    if (own !== undefined) await removeEmpty(parts, own)
    const local = await openUnreadable(parts)
    if (own !== undefined) await parts.note.remove()
    return await replicaBlobs(local, cluster, { ...parts, folder })
  }
  const secret = secretOf(cluster)
  if (own !== undefined && !isSame(own, secret)) await removeEmpty(parts, own)
  const local = await openLocal(parts, secret)
  if (own !== undefined) await parts.note.remove()
  return await replicatedBlobs(local, cluster, { ...parts, folder, secret })
}

function secretOf({ role, secret }: BlobCluster): Uint8Array {
  if (secret !== undefined) return secret
  if (role === 'agent') {
    throw new FlotillaError('no-blobs', `a member of role ${role} must not know what the cluster keeps`, {
      hint: 'ask a node of the cluster',
    })
  }
  throw new FlotillaError('no-blobs', 'this node has joined when clusters had no secret to name blobs by', {
    hint: 'let it join anew, in an empty data folder',
  })
}

/** What this node kept before it joined has other ids than it would have in the cluster, so it must not be lost. */
async function removeEmpty(parts: BlobStoreParts, own: Uint8Array): Promise<void> {
  try {
    await using local = await openLocal(parts, own)
    await checkEmpty(local)
  } catch (error) {
    // It was opened under the cluster's secret already, before a crash.
    if (error instanceof FlotillaError && error.code === 'wrong-key') return
    throw error
  }
  await rm(folderOf(parts), { recursive: true, force: true })
}

/** Rejects with `has-blobs` unless there is nothing that joining a cluster would leave behind. */
export async function checkEmpty(local: LocalStore): Promise<void> {
  const { blobs } = await local.stats()
  if (blobs === 0) return
  const many = blobs === 1 ? 'a blob' : `${blobs} blobs`
  throw new FlotillaError('has-blobs', `this node keeps ${many} of its own, which would get other ids in the cluster`, {
    hint: 'get them, delete them here and put them again afterwards, or join with another data folder',
  })
}

/**
 * Makes the catalogue anew from the packs. Who is alone gets a blob for everything that is found; in a cluster the
 * others say what there is, and what was deleted.
 */
export async function rebuildBlobs(
  parts: BlobStoreParts,
  cluster: BlobCluster | undefined,
  options: Pick<RebuildOptions, 'signal' | 'onProgress'>,
): Promise<RebuildReport> {
  if (cluster?.role === 'replica') {
    throw new FlotillaError('wrong-request', 'what a replica keeps is not rebuilt', {
      hint: 'move `blobs` in the data folder aside and start the node again: it is brought everything anew',
    })
  }
  const identity = cluster === undefined ? await parts.note.readOrDraw() : secretOf(cluster)
  const blobs = cluster === undefined ? 'found' : 'none'
  return rebuildBlobStore({ ...optionsOf(parts, identity), ...options, blobs })
}

function openLocal(parts: BlobStoreParts, identity: Uint8Array): Promise<LocalStore> {
  return openBlobStore(optionsOf(parts, identity))
}

function optionsOf(parts: BlobStoreParts, identity: Uint8Array): OpenBlobStoreOptions {
  const { clock, entropy, metrics, settings, dataFolder } = parts
  // Whoever finds the disk finds the key on it, unless it was told to be elsewhere.
  const keyFile = settings['blob-key'] === '' ? join(dataFolder, 'blobs.key') : resolve(settings['blob-key'])
  const logger = parts.logger.child({ part: 'blobs' })
  const folder = folderOf(parts)
  return { folder, keyFile, identity, clock, entropy, metrics, logger }
}

function openUnreadable(parts: BlobStoreParts): Promise<LocalStore> {
  const { clock, entropy, metrics } = parts
  const logger = parts.logger.child({ part: 'blobs' })
  return openReplicaStore({ folder: folderOf(parts), clock, entropy, metrics, logger })
}

function folderOf({ dataFolder }: BlobStoreParts): string {
  return join(dataFolder, 'blobs')
}

function alone(local: LocalStore): OpenBlobs {
  return {
    store: local,
    local,
    replicated: undefined,
    checked: local,
    [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
