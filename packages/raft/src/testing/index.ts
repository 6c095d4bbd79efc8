export { storageConformance, type MakeStorage, type StorageUnderTest } from './storage-conformance/index.ts'
