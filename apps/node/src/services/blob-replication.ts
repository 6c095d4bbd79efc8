import { statfsSync } from 'node:fs'
import { createReplicatedStore, createTransfer, type LocalStore, type StatementKeys } from '@flotilla/cas-store'
import type { Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Clock, Millis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import { BlobMembers, type BlobMembersOptions } from './blob-members.ts'
import type { OpenBlobs } from './blob-store.ts'
import type { ServiceParts } from './service.ts'

/** What a node needs of its cluster to keep blobs with the others. */
export interface BlobCluster extends Pick<BlobMembersOptions, 'certificateOf' | 'isRevoked'> {
  readonly role: string
  /** Undefined where this node must not know it, or has joined when there was none. */
  readonly secret: Uint8Array | undefined
  readonly self: NodeId
  readonly network: Network
  /** This node's own. */
  readonly keys: StatementKeys
}

export interface ReplicationParts extends ServiceParts {
  /** The node's own, for what it must remember. */
  readonly disk: Disk
  readonly folder: string
}

/** The store of this node and those of the others as one. Closing it closes `local` too. */
export async function replicatedBlobs(
  local: LocalStore,
  cluster: BlobCluster,
  parts: ReplicationParts,
): Promise<OpenBlobs> {
  const { network, self, keys } = cluster
  const { clock, entropy, crypto, metrics, disk, folder } = parts
  const logger = parts.logger.child({ part: 'blobs' })
  await using owned = new AsyncDisposableStack()
  owned.use(local)
  const members = await BlobMembers.open({ ...cluster, disk, clock, logger, connected: () => network.peers() })
  owned.defer(() => members.settled())
  const freeBytes = freeBytesOf(folder, clock)
  const lies = new Map<NodeId, number>()
  const transfer = owned.use(
    createTransfer({
      network,
      vault: local.vault,
      workshop: local.workshop,
      blobIdOf: (descriptor) => local.blobIdOf(descriptor),
      clock,
      logger,
      metrics,
      hooks: {
        freeBytes,
        // Content travels as it is inside the connection, so who may not know it gets none of it.
        admits: (peer) => members.isTrusted(peer),
        onLie: (peer) => void lies.set(peer, (lies.get(peer) ?? 0) + 1),
      },
    }),
  )
  const replicated = owned.use(
    await createReplicatedStore({
      local,
      transfer,
      network,
      clock,
      entropy,
      crypto,
      keys,
      self,
      members: () => members.trusted(),
      blobIdOf: (descriptor) => local.blobIdOf(descriptor),
      freeBytes,
      liesOf: (node) => lies.get(node) ?? 0,
      logger,
      metrics,
    }),
  )
  const all = owned.move()
  return { store: replicated, local, replicated, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** It is asked for often, and changes slowly. */
function freeBytesOf(folder: string, clock: Clock): () => number {
  let bytes = 0
  let readAt: Millis | undefined
  return () => {
    const now = clock.now()
    if (readAt === undefined || now - readAt >= nodeLimitsDefaults.blobRoomLookedAtEveryMs) {
      const { bavail, bsize } = statfsSync(folder)
      bytes = bavail * bsize
      readAt = now
    }
    return bytes
  }
}
