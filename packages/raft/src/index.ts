/** A Raft engine. The overview comes here. */
export { createRaftClient, createRaftClients } from './client/raft-client.ts'
export { createRaft } from './driver/raft-driver.ts'
export { parseGroupName } from './group-name.ts'
export type { CallOptions, Group, GroupStatus, MemberStatus, RaftErrorCode, ReadOptions, Replicated } from './group.ts'
export { raftLimitDefaults, validateRaftLimits } from './limits.ts'
export type {
  CreateRaft,
  CreateRaftClient,
  CreateRaftClients,
  GroupClient,
  GroupClientOptions,
  OpenGroupOptions,
  RaftClientOptions,
  RaftClients,
  RaftClientsOptions,
  RaftLimits,
  RaftNode,
  RaftOptions,
} from './raft.ts'
export { raftDefaults, validateRaftSettings, type RaftSettings } from './settings.ts'
export type { ApplyContext, MachineCodecs, MachineKind, QueryContext, StateMachine } from './state-machine.ts'
export { openDiskStorage, type DiskStorageOptions } from './storage/disk-storage.ts'
export { memoryStorage, type MemoryStorage, type MemoryStorageOptions } from './storage/memory-storage.ts'
export type {
  GroupWrite,
  RaftStorage,
  RecoveredGroup,
  SnapshotStore,
  SnapshotWriter,
  StorageErrorCode,
  StorageFigures,
} from './storage/storage.ts'
export type {
  Configuration,
  Entry,
  EntryKind,
  GroupName,
  HardState,
  Index,
  LogMillis,
  Role,
  SnapshotMark,
  Term,
} from './types.ts'
