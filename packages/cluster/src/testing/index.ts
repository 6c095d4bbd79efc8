/** For tests: a `ClusterStore` in memory, and the suite that each implementation passes. */
export { memoryClusterStore, type MemoryClusterStore, type MemoryClusterStoreOptions } from './memory-cluster-store.ts'
export { clusterStoreConformance, type StoreUnderTest } from './store-conformance.ts'
