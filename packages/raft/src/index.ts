/** A Raft engine. The overview comes here. */
export { parseGroupName } from './group-name.ts'
export type {
  CallOptions,
  Group,
  GroupStatus,
  MemberStatus,
  RaftErrorCode,
  ReadOptions,
  Replicated,
} from './group.ts'
export type {
  CreateRaft,
  CreateRaftClient,
  OpenGroupOptions,
  RaftClientOptions,
  RaftLimits,
  RaftNode,
  RaftOptions,
} from './raft.ts'
export type { ApplyContext, MachineCodecs, MachineKind, QueryContext, StateMachine } from './state-machine.ts'
export type { Configuration, GroupName, Index, LogMillis, Role, Term } from './types.ts'
