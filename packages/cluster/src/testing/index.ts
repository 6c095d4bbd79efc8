/** For tests: a `ClusterStore` and a door in memory, and the suite that each implementation of the store passes. */
export { memoryClusterStore, type MemoryClusterStore, type MemoryClusterStoreOptions } from './memory-cluster-store.ts'
export { memoryDoor, type MemoryDoor, type MemoryDoorOptions } from './memory-door.ts'
export { clusterStoreConformance, type StoreUnderTest } from './store-conformance.ts'
