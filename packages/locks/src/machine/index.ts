/** The replicated state of the lock service: who holds what, who waits, and for how long yet. See `lock-machine.ts`. */
export type {
  AcquireCommand,
  AcquirePermitsCommand,
  DeadlockCycle,
  HeldMode,
  LockCommand,
  LockEvent,
  LockMode,
  LockParty,
  LockRefusalCode,
  LockResult,
  ReleaseReason,
  WaitEdge,
} from './commands.ts'
export {
  allResourcesTopic,
  resourceTopic,
  sessionTopic,
  type FencingToken,
  type LockRequest,
  type LockSessionId,
  type OwnerAge,
  type OwnerName,
  type ResourceName,
} from './ids.ts'
export { lockCommandCodec, lockEventCodec, lockResultCodec, parseOwnerName, parseResourceName } from './codecs.ts'
export { lockAnswerCodec, lockQueryCodec } from './answer-codecs.ts'
export { cycleText } from './deadlocks.ts'
export { createLockMachineKind, lockMachine, type LockMachine, type LockMachineKind } from './lock-machine.ts'
export { lockLimits, type LockLimits } from './limits.ts'
export type {
  DeadlockView,
  HolderView,
  LockAnswer,
  LockCounters,
  LockQuery,
  RequestView,
  ResourceView,
  SessionView,
  WaiterView,
} from './queries.ts'
