/**
 * A content-addressed store of chunks: every blob once, encrypted, verified.
 *
 * - `@flotilla/cas-store/node` opens a store in a folder; `createLocalStore` makes one of parts of your own.
 * - `createTransfer` and `createReplicatedStore` make one store of those of several nodes.
 * - `BlobStore` says what a store of blobs can do, and could be implemented over another service; `LocalStore` adds
 *   what whoever runs one needs.
 */
export type {
  BlobCallOptions,
  BlobContent,
  BlobErrorCode,
  BlobSource,
  BlobStat,
  BlobStore,
  GetOptions,
  ListOptions,
  NamedBlob,
  PutOptions,
  PutProgress,
  PutResult,
} from './blobs.ts'
export type { BlobDescriptor, BlobId, ByteRange, ChunkId, ChunkKind, ChunkPlace, KeyEpoch, PackId } from './types.ts'
export type {
  CheckFinding,
  CheckOptions,
  CheckReport,
  CollectOptions,
  CollectProgress,
  LocalPutOptions,
  LocalStore,
  StoreStats,
} from './store/contract.ts'
export { seeFile, seenFile, type ReadFile } from './files/seen-files.ts'
export { createLocalStore, type LocalStoreOptions } from './store/local-store.ts'
export { checkName, isBlobId } from './store/names.ts'
export { localStoreDefaults, nameBytesMax, validateLocalStoreLimits, type LocalStoreLimits } from './limits.ts'
export type { CatalogueDamage } from './catalogue/contract.ts'
export type { ChunkDamage, CollectionReport, Vault, VaultUsage } from './vault/contract.ts'
export {
  createReplicatedStore,
  replicationDefaults,
  replicationLimitDefaults,
  type KeepOptions,
  type PeerStanding,
  type ReplicatedBlobStat,
  type ReplicatedStore,
  type ReplicatedStoreOptions,
  type ReplicationLimits,
  type ReplicationSettings,
  type ReplicationStatus,
  type StatementKeys,
  type StoreMember,
} from './replication/index.ts'
export { ReplicaUpkeep, type ReplicaUpkeepOptions } from './replicas/replica-upkeep.ts'
export {
  createTransfer,
  transferDefaults,
  type BringOptions,
  type BringReport,
  type Broadcast,
  type BroadcastEnd,
  type FetchReport,
  type LeftOutReason,
  type PullOptions,
  type PullProgress,
  type PullReport,
  type RemoteSource,
  type Standing,
  type Transfer,
  type TransferErrorCode,
  type TransferHooks,
  type TransferOptions,
  type TransferSettings,
} from './transfer/index.ts'
