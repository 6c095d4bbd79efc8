/**
 * For tests, of this store and of what is built with it: blobs in memory, and the conformance suite that every
 * implementation of `BlobStore` passes. A suite is a list of named cases for any test runner:
 *
 *     for (const { name, run } of blobConformance(makeHarness)) test(name, run)
 */
export type { BlobHarness, BlobHarnessAbility } from './conformance/harness.ts'
export { blobConformance } from './conformance/suite.ts'
export { memoryBlobs, type MemoryBlobsOptions } from './memory-blobs.ts'
