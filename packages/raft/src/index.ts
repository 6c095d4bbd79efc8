/**
 * Raft: one state on several machines, as long as a majority of them runs.
 *
 *                      calls: commands, reads, changes of members
 *     Group, client ────────────────► Desk ─► Proposals, Reads, MemberCalls
 *                                                     │ propose, step
 *     parcels from members ─ step ──► RaftCore ◄──────┘
 *     writes that are durable ─────►     │ drain, once in a turn
 *                                        ▼
 *           send ─► parcels, at once     write ─► one write for all groups     claim ─► parcels, after its write
 *           apply ─► replica ─► answers  bring-snapshot, restore ─► streams    read ─► answers
 *
 * `core/` is the algorithm: synchronous, without clock, disk or network. Inputs are `step`ped as they come, effects are
 * `drain`ed at the end of the turn, `deadline` says when to `wake` it. Roles, elections with pre-vote (thesis §9.6),
 * check-quorum (§6.2), replication with a window for each follower (§10.2.1), joint consensus (Raft §6), ReadIndex
 * (thesis §6.4), transfer (§3.10) and quiet groups are a file each.
 *
 * `replica/` is what stands between log and machine, pure too: sessions that make commands happen once (Raft §8), the
 * clock of the log, the agreed version, the content of snapshots.
 *
 * `storage/` keeps what must not be forgotten, for all groups of a node in one log; its overview is in
 * `storage/index.ts`. `wire/` is what travels on the channel: parcels between members, calls and answers (many to a
 * notice: a request for each command would cost more than the command), beats, and the streams that bring snapshots.
 * Everything is decoded once, whole, and bounded; a malformed notice is counted and ignored.
 *
 * `driver/` performs the effects. What it owes the cores:
 * 1. Inputs of one turn are stepped before its end; then each group that had any is drained, once or, where entries
 *    were applied, twice.
 * 2. Effects are performed in the order in which they were drained. `send` leaves in this turn. All writes of all
 *    groups in a turn are one `storage.write`; `written` is stepped when that is durable, and `claim`s leave then, in
 *    order, never before (`driver/persistence.ts`). When it fails, none of what waited for it leaves: the node stops.
 * 3. Decided entries are applied in order, each once, at most `applyEntriesMax` before others have a turn
 *    (`driver/application.ts`). Answers leave after that.
 * 4. A proposal is answered by what is applied at its index: with its outcome if the term is that of its proposal, as
 *    not done if it is another. Whoever cannot be told what became of his is told that (`driver/proposals.ts`).
 * 5. A snapshot that was received is loaded into a new machine before the core hears of it
 *    (`driver/snapshots/group-snapshots.ts`); entries behind it are never given up for one that cannot be loaded.
 * 6. Whether a process is alive is asked once for all groups that are shared with it (`driver/beats.ts`), and one timer
 *    serves all groups (`driver/wake-times.ts`).
 * 7. The leader stamps what it proposes with the log's time, which goes on with a clock that stands still while this
 *    process does (`driver/steady-clock.ts`, `driver/log-clock.ts`).
 *
 * `client/` makes calls last: each has one attempt under way at a time, retried at another member when it is refused,
 * lost or its member goes down. It says `outcome-unknown` exactly if an attempt was made of which nobody knows what
 * became (`client/call-book.ts`); notices of calls are numbered, so that one which comes twice is taken once
 * (`driver/caller-table.ts`), or a late copy could do what its caller was told had not happened.
 *
 * Invariants, one in a file in `testing/invariants/`, are checked by the core's random world and, with real drivers
 * and storage, by the suite `raft` of the simulator after every step: election safety, leader append-only, log
 * matching, leader completeness, state machine safety (Raft figure 3), no commit lost, safe configurations;
 * linearizability of
 * reads and commands, and each command once, from the history of what callers saw. Scripts of whole clusters are in
 * `testdata/`; the bytes of every format that was released are in `fixtures/`.
 */
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
export { openDiskStorage, type DiskStorageOptions } from './storage/index.ts'
export { memoryStorage, type MemoryStorage, type MemoryStorageOptions } from './storage/index.ts'
export { storageDefaults, validateStorageLimits, type StorageLimits } from './storage/index.ts'
export type {
  GroupWrite,
  RaftStorage,
  RecoveredGroup,
  SnapshotStore,
  SnapshotWriter,
  StorageErrorCode,
  StorageFigures,
} from './storage/index.ts'
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
