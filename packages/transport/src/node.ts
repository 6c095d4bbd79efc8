/**
 * Links between nodes over TLS 1.3, for Node. `tlsLinks` is what `createTransport` stands on in a real network;
 * `openDoor` is for a machine that has no certificate yet and knows no more of a cluster than the fingerprint of its
 * authority. `zstdCompression` is what transports may agree on.
 */
export { openDoor, type Door, type DoorErrorCode, type DoorStream, type OpenDoorOptions } from './node-tls-door.ts'
export type { TlsIdentity } from './node-tls-identity.ts'
export { tlsDefaults, validateTlsLimits, type TlsLimits } from './node-tls-limits.ts'
export { tlsLinks, type TlsLinks, type TlsLinksOptions } from './node-tls-links.ts'
export type { ListenErrorCode } from './node-tls-listener.ts'
export type { TlsRefusal } from './node-tls-refusals.ts'
export { zstdCompression } from './node-zstd.ts'
