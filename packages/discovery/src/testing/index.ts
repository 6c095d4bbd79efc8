/** For tests, of Flotilla and of whoever implements its ports. */
export { memoryAuthority, type MemoryAuthority } from './memory-authority.ts'
export { peerStoreConformance, type PeerStoreSubject } from '../peer-store/conformance/index.ts'
