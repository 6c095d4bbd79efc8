/**
 * The host's side: finds the channels of virtual machines, speaks with the agents there, and keeps what they tell.
 *
 * `channelPattern` and `findChannels` say which sockets lead to which machine; the folders are looked at again and
 * again. Each machine has a `VmDriver`, with one link for our own dialect and, while nobody answers in that, one for
 * the QEMU dialect. Between a link and its socket stands a `GuardedChannel`: who sends too much is not listened to for
 * a while. What is known of a machine is in its `VmRecord`, which does not grow.
 */
export { findChannels, type FolderReader } from './channel-finding.ts'
export { channelPattern, libvirtPatterns, type ChannelPattern } from './channel-patterns.ts'
export type * from './contract.ts'
export { createGuestHost, type GuestHostOptions } from './guest-host-driver.ts'
export { guestHostDefaults, patternsMax, type GuestHostLimits } from './limits.ts'
export { auditedArguments } from './cluster/answering.ts'
export { createGuestCluster, type GuestClusterOptions } from './cluster/guest-cluster.ts'
export { guestClusterDefaults, type GuestClusterLimits } from './cluster/limits.ts'
export type { ClusterVms, GuestCluster, GuestControl, GuestOrder, GuestOrderRecord } from './cluster/contract.ts'
