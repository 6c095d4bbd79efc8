/**
 * Who may be in: the cluster's authority, invitations and joining, certificates that renew themselves, and revocation.
 *
 * `openClusterMember` is all that a daemon needs. Beneath it, protocol cores without I/O (`AdmissionDesk`, `JoinHost`
 * and `Newcomer` for joining, `ListSpread` and `Renewal` for what goes on between members) are driven over two ports: a
 * `DoorPipe` to whoever has no certificate yet, and the `Network` to whoever has one. What has to last is in a
 * `ClusterStore`.
 *
 * `Accounts` are the users and API tokens of the cluster, known to all its members.
 *
 * `runAutopilot` keeps the right nodes deciding in a raft group: up to five, steady ones, and nobody who is out.
 * `Founding` remembers who creates the groups of a cluster, so that nobody else does.
 */
export { isAccountName, type AccountErrorCode, type AccountIssuer, type AccountRole } from './accounts/entry.ts'
export type { TokenEntry, UserEntry } from './accounts/entry.ts'
export { accountLimits } from './accounts/config.ts'
export { Accounts, type AccountsOptions } from './accounts/accounts.ts'
export type { AutopilotReport } from './autopilot/autopilot.ts'
export { runAutopilot, type AutopilotOptions, type RunningAutopilot } from './autopilot/driver.ts'
export { Founding, type FoundingState, type FoundingStore } from './autopilot/founding.ts'
export type { AutopilotGroup, AutopilotMember, AutopilotStatus, GroupMembers } from './autopilot/ports.ts'
export { autopilotDefaults, validateAutopilotSettings, type AutopilotSettings } from './autopilot/settings.ts'
export type { Invited, InviteOptions } from './admission-desk.ts'
export type {
  ClusterMember,
  ClusterMemberOptions,
  ClusterState,
  InvitationFacts,
  JoinOptions,
  MemberIdentity,
  OpenOptions,
} from './cluster-member.ts'
export {
  clusterDefaults,
  clusterLimits,
  renewalShares,
  validateClusterSettings,
  type ClusterSettings,
} from './config.ts'
export type { Credentials, ProofErrorCode } from './credentials.ts'
export type { InvitationState } from './invitation-table.ts'
export { openClusterMember } from './open-member.ts'
export type { Address, CipherInput, ClusterStore, DoorPipe, PassphraseCipher, RecordName } from './ports.ts'
export type { ClusterErrorCode, HostRefusal, JoinErrorCode } from './refusal.ts'
export type { Revocation, RevocationErrorCode } from './revocation-list.ts'
export { readToken, type JoinToken } from './token.ts'
