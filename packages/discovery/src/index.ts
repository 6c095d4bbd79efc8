/**
 * Who is there, and where. `createDiscovery` finds the members of a cluster, by signed beacons on every network of the
 * machine, by asking the peers it is connected with, and by what it remembers; it says whom to be connected with.
 */
export type { Address } from './address.ts'
export { datagramLanes, type DatagramLane } from './datagram-lanes.ts'
export type { Credentials, DatagramHandlers, Datagrams, FoundMember, ProvenMember } from './ports.ts'
export { createDiscovery, type Discovery, type DiscoveryFigures, type DiscoveryOptions } from './discovery.ts'
export type { DiscoverySettings } from './settings.ts'
export type { DiscoveryTarget } from './targets.ts'
export { diallingDefaults, validateDiallingSettings, type DiallingSettings } from './dialling/limits.ts'
export type { BeaconRefusal } from './beacons/beacon.ts'
export type { BeaconCounts } from './beacons/beacons.ts'
export { beaconDefaults, validateBeaconSettings, type BeaconSettings } from './beacons/limits.ts'
export type { ExchangeCounts } from './exchange/driver.ts'
export { exchangeDefaults, validateExchangeSettings, type ExchangeSettings } from './exchange/limits.ts'
export { peerTableDefaults, validatePeerTableSettings, type PeerTableSettings } from './peer-store/limits.ts'
export { memoryPeerStore } from './peer-store/memory-peer-store.ts'
export type { PeerStatus, PeerStore, PeerStoreErrorCode, StoredPeer } from './peer-store/peer-store.ts'
export type { KnownPeer } from './peer-store/peer-table.ts'
export type { Member, MemberMetadata, MembershipEvent, MemberStatus } from './member.ts'
export { createMembership } from './membership/driver.ts'
export { membershipChannel, type Membership, type MembershipOptions } from './membership/membership.ts'
export { membershipDefaults, validateMembershipSettings, type MembershipSettings } from './membership/settings.ts'
