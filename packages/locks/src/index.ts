/**
 * Locks over a raft group: shared and exclusive, semaphores, transactions of several locks, elections, and fencing
 * tokens for what the locks protect.
 *
 * - `createLocks` is one client; `Locks` says what it can do, and could be implemented over another service.
 * - `createFence` is for the other side: a resource that refuses those who have lost their lock and do not know it yet.
 * - `lockMachine` is the state machine; whoever runs the group opens it with that.
 */
export { createLocks, type LocksOptions } from './create-locks.ts'
export type {
  AcquireOptions,
  Deadlock,
  DeadlockReport,
  ListOptions,
  Lock,
  LockErrorCode,
  LockHolder,
  LockMode,
  LockParty,
  Locks,
  LockState,
  LockWait,
  LockWaiter,
  WaitOptions,
} from './locks.ts'
export type { CampaignOptions, Election, Leadership } from './election/election.ts'
export type { Permit, PermitOptions, Semaphore, SemaphoreOptions } from './semaphore/semaphore.ts'
export type {
  Transaction,
  TransactionAcquireOptions,
  TransactionLock,
  TransactionOptions,
} from './transaction/transaction.ts'
export { DeadlockError } from './holding/acquisition.ts'
export { openDiskFenceStore, type DiskFenceStore, type DiskFenceStoreOptions } from './fence/disk-fence-store.ts'
export { createFence, type FenceOptions, type FenceStore, type FencingGuard } from './fence/fence.ts'
export { fenceDefaults, type FenceLimits } from './fence/limits.ts'
export {
  leaseDefaults,
  lockClientDefaults,
  validateLeaseSettings,
  validateLockClientLimits,
  type LeaseSettings,
  type LockClientLimits,
} from './limits.ts'
export {
  createLockMachineKind,
  lockLimits,
  lockMachine,
  type LockAnswer,
  type LockCommand,
  type LockLimits,
  type LockMachineKind,
  type LockQuery,
  type LockResult,
} from './machine/index.ts'
export type { LockGroup } from './session/session.ts'
