/** For tests, of Flotilla and of whoever implements its ports. */
export { memoryAuthority, type MemoryAuthority } from './memory-authority.ts'
export { peerStoreConformance, type PeerStoreSubject } from '../peer-store/conformance/index.ts'
export { calmAir, memoryAir, type AirWeather, type MemoryAir, type MemoryDatagrams } from './memory-air.ts'
