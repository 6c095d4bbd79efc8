/** What of discovery needs Node: UDP, and the peer store in SQLite. */
export {
  beaconPortDefault,
  multicastGroupIpv4,
  multicastGroupIpv6,
  udpDatagrams,
  type UdpDatagrams,
  type UdpDatagramsOptions,
} from './node-udp-datagrams.ts'
export type { UdpErrorCode } from './node-udp-sockets.ts'
export { udpDefaults, validateUdpSettings, type UdpSettings } from './udp-limits.ts'
export { sqlitePeerStore, type SqlitePeerStoreOptions } from './peer-store/node-sqlite-peer-store.ts'
