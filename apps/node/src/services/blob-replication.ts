import { statfsSync } from 'node:fs'
import {
  createReplicatedStore,
  createTransfer,
  ReplicaUpkeep,
  type BlobDescriptor,
  type BlobId,
  type LocalStore,
  type StatementKeys,
  type StoreMember,
  type TransferHooks,
} from '@flotilla/cas-store'
import { strangerWorkshop } from '@flotilla/cas-store/node'
import type { Disk } from '@flotilla/core/disk'
import type { NodeId } from '@flotilla/core/ids'
import type { Network } from '@flotilla/core/network'
import type { Logger } from '@flotilla/core/observe'
import type { Clock, Millis } from '@flotilla/core/time'
import { nodeLimitsDefaults } from '../limits.ts'
import { BlobMembers, type BlobMembersOptions } from './blob-members.ts'
import type { OpenBlobs } from './blob-store.ts'
import type { ServiceParts } from './service.ts'
import { cannotRead, unreadableBlobs } from './unreadable-blobs.ts'

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

/** The store of this node and those of the others as one. `secret`: the cluster's. Closing it closes `local` too. */
export async function replicatedBlobs(
  local: LocalStore,
  cluster: BlobCluster,
  parts: ReplicationParts & { readonly secret: Uint8Array },
): Promise<OpenBlobs> {
  await using owned = new AsyncDisposableStack()
  owned.use(local)
  const blobIdOf = (descriptor: BlobDescriptor): BlobId => local.blobIdOf(descriptor)
  const surroundings = await surroundingsOf(cluster, parts, owned)
  const { members, crypto, lies } = surroundings
  const workshop = owned.use(strangerWorkshop({ identity: parts.secret }))
  const transfer = owned.use(
    createTransfer({
      ...surroundings,
      vault: local.vault,
      workshop: local.workshop,
      blobIdOf,
      // Who is not known to be trusted must not read anything: what goes there is sealed.
      strangers: { isUntrusted: (peer) => !members.isTrusted(peer), workshop, crypto },
    }),
  )
  const replicated = owned.use(
    await createReplicatedStore({
      ...surroundings,
      local,
      transfer,
      members: () => members.all(),
      blobIdOf,
      liesOf: (node) => lies.get(node) ?? 0,
    }),
  )
  const all = owned.move()
  const dispose = (): Promise<void> => all.disposeAsync()
  return { store: replicated, local, replicated, checked: replicated, [Symbol.asyncDispose]: dispose }
}

/** The store of a node that keeps what it cannot read. Closing it closes `local` too. */
export async function replicaBlobs(
  local: LocalStore,
  cluster: BlobCluster,
  parts: ReplicationParts,
): Promise<OpenBlobs> {
  await using owned = new AsyncDisposableStack()
  owned.use(local)
  const surroundings = await surroundingsOf(cluster, parts, owned)
  const { members, clock, logger, self } = surroundings
  const upkeep = owned.use(new ReplicaUpkeep({ local, clock, logger }))
  const { vault, workshop } = local
  const transfer = owned.use(createTransfer({ ...surroundings, vault, workshop, isUntrusted: true }))
  const me: StoreMember = { node: self, isAlive: true, awaySinceMs: undefined, isUntrusted: true }
  const replicated = owned.use(
    await createReplicatedStore({
      ...surroundings,
      local,
      transfer,
      // Other replicas are none of its business.
      members: () => [me, ...members.all().filter(({ isUntrusted }) => isUntrusted !== true)],
    }),
  )
  const all = owned.move()
  const dispose = (): Promise<void> => all.disposeAsync()
  const unreadable = cannotRead()
  return {
    store: unreadableBlobs(unreadable),
    unreadable,
    local,
    replicated,
    checked: upkeep,
    [Symbol.asyncDispose]: dispose,
  }
}

interface Surroundings extends Pick<ServiceParts, 'clock' | 'entropy' | 'crypto' | 'metrics'> {
  readonly network: Network
  readonly hooks: TransferHooks
  readonly logger: Logger
  readonly members: BlobMembers
  readonly lies: ReadonlyMap<NodeId, number>
  readonly keys: StatementKeys
  readonly self: NodeId
  readonly freeBytes: () => number
}

/** What both kinds of nodes have around their stores. */
async function surroundingsOf(
  cluster: BlobCluster,
  parts: ReplicationParts,
  owned: AsyncDisposableStack,
): Promise<Surroundings> {
  const { network, self, keys } = cluster
  const { clock, entropy, crypto, metrics, disk, folder } = parts
  const logger = parts.logger.child({ part: 'blobs' })
  const members = await BlobMembers.open({ ...cluster, disk, clock, logger, connected: () => network.peers() })
  owned.defer(() => members.settled())
  const freeBytes = freeBytesOf(folder, clock)
  const lies = new Map<NodeId, number>()
  const hooks: TransferHooks = {
    freeBytes,
    // Content travels as it is inside the connection, so who may not know it gets none of it. And who could bring
    // anything to a replica could bring garbage under ids that others use.
    admits: (peer) => members.isTrusted(peer),
    onLie: (peer) => void lies.set(peer, (lies.get(peer) ?? 0) + 1),
  }
  return { network, self, keys, clock, entropy, crypto, metrics, logger, members, freeBytes, lies, hooks }
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
