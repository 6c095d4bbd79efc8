export type { DiskFailure, DiskFaults, DiskOperation } from './disk-faults.ts'
export { memoryDisk, type MemoryDisk, type MemoryDiskOptions } from './memory-disk.ts'
