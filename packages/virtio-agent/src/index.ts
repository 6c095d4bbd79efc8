/**
 * The channel between a host and its virtual machines.
 *
 * In the guest: `serveOwn` and `serveQga` speak one dialect each over a `WallChannel`, and ask a `GuestCommands` or a
 * `QgaSystem` for what the host wants. At the host: `talkToGuest` and `talkToQga` are the other ends. `./node` has the
 * channels, the keys' cipher and what the commands do on a real machine.
 *
 * Each folder has one job, and its own overview: `lines/` makes values of bytes, `qga/` and `own/` are the dialects,
 * `guest/` is the guest's end of both.
 */
export type * from './contract.ts'
export { commandNames } from './contract.ts'
export {
  serveOwn,
  serveQga,
  type OwnGuest,
  type OwnGuestOptions,
  type QgaGuestOptions,
  type RefusedCommand,
} from './guest/index.ts'
export {
  ownGuestDefaults,
  ownHostDefaults,
  sharedKeyBytes,
  talkToGuest,
  type GuestAbout,
  type HelloRefusal,
  type HostOrder,
  type LineCipher,
  type NoticeCode,
  type OrderEnding,
  type OrderSigner,
  type OrderTrust,
  type OwnGuestLimits,
  type OwnHost,
  type OwnHostEffect,
  type OwnHostLimits,
  type OwnHostOptions,
  type Packing,
  type SharedKey,
} from './own/index.ts'
export * from './qga/contract.ts'
export { qgaDefaults, type QgaLimits } from './qga/index.ts'
export {
  qgaClientDefaults,
  talkToQga,
  type QgaCall,
  type QgaClient,
  type QgaClientEffect,
  type QgaClientLimits,
  type QgaClientOptions,
  type QgaEnding,
} from './qga/client/index.ts'
export type { ExactJson } from './lines/index.ts'
export type { Detection, DetectionStep } from './ports/detection.ts'
export { diagnosisLines } from './ports/diagnosis.ts'
export { portDefaults, portLimits, type PortSettings } from './ports/limits.ts'
export { detectLinuxPort } from './ports/linux-detection.ts'
export { ownPortNames, type Dialect } from './ports/port-names.ts'
export type { DeviceFacts, NamedPort, PortLink, PortListing } from './ports/port-listing.ts'
export { portTrouble, type PortTroubleCode } from './ports/port-trouble.ts'
export type { PortWay, PortWayName } from './ports/port-way.ts'
export {
  detectWindowsPort,
  windowsControllers,
  windowsPortPath,
  type WindowsController,
  type WindowsListing,
  type WindowsOpening,
} from './ports/windows-detection.ts'
export {
  auditedSystem,
  guestAudit,
  guestAuditDefaults,
  type ActionAudit,
  type GuestAudit,
  type GuestAuditLimits,
  type GuestAuditOptions,
  type HeldAudit,
} from './audit/index.ts'
export { guestActions, type GuestActionsOptions, type GuestPolicy } from './actions/guest-actions.ts'
export { plainEnvironment } from './execution/program-answer.ts'
export { executionDefaults, type ExecutionLimits } from './execution/limits.ts'
export { actionDefaults, type ActionLimits } from './actions/limits.ts'
export { linuxSystemDefaults, type LinuxSystemLimits } from './actions/linux/limits.ts'
export type { FileShelf, PackageManager, ServiceManager } from './actions/ports.ts'
export {
  auditedArguments,
  channelPattern,
  createGuestCluster,
  createGuestHost,
  findChannels,
  guestClusterDefaults,
  guestHostDefaults,
  libvirtPatterns,
  patternsMax,
  type ChannelPattern,
  type ClusterVms,
  type FolderReader,
  type FoundChannel,
  type GuestCluster,
  type GuestClusterLimits,
  type GuestClusterOptions,
  type GuestControl,
  type GuestOrder,
  type GuestOrderRecord,
  type GuestHost,
  type GuestHostLimits,
  type GuestHostOptions,
  type VmCounters,
  type VmMetrics,
  type VmOrder,
  type VmOutcome,
  type VmPoint,
  type VmQgaCall,
  type VmState,
  type VmSummary,
} from './host/index.ts'
