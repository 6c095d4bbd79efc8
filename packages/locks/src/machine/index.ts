/** The replicated state of the lock service: who holds what, who waits, and for how long yet. See `lock-machine.ts`. */
export type {
  DeadlockCycle,
  LockCommand,
  LockEvent,
  LockParty,
  LockResult,
  ReleaseReason,
  WaitEdge,
} from './commands.ts'
export {
  allResourcesTopic,
  resourceTopic,
  sessionTopic,
  type LockRequest,
  type LockSessionId,
  type OwnerAge,
  type OwnerName,
  type ResourceName,
} from './ids.ts'
export { lockEventCodec } from './codecs.ts'

export { cycleText } from './deadlocks.ts'
export { createLockMachineKind, lockMachine, type LockMachine, type LockMachineKind } from './lock-machine.ts'
export { lockLimits, type LockLimits } from './limits.ts'
export type { DeadlockView, LockAnswer, LockQuery, RequestView, ResourceView } from './queries.ts'
