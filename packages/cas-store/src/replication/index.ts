/**
 * One store of several nodes. Every member knows every statement (that there is a blob, what a name stands for, that
 * something is gone), signed by who made it; of each the newest counts. Content is where it ought to be, and repaired.
 */
export type {
  KeepOptions,
  PeerStanding,
  ReplicatedBlobStat,
  ReplicatedStore,
  ReplicationStatus,
  StoreMember,
} from './contract.ts'
export type { ReplicatedStoreOptions } from './facade/options.ts'
export { createReplicatedStore } from './facade/replicated-store.ts'
export {
  replicationDefaults,
  replicationLimitDefaults,
  type ReplicationLimits,
  type ReplicationSettings,
} from './limits.ts'
export type { StatementKeys } from './statements/sealing.ts'
