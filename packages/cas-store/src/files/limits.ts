interface PutFilesLimits {
  /**
   * Files that one thread reads in one go; a batch ends sooner where its records fill `fileBatchBytes` of the store.
   * Few large commits write less of the catalogue again than many small ones: 20,000 files take 24 µs each of the
   * catalogue's thread by 2,048, and 30 by 512.
   */
  readonly filesPerBatchMax: number
  /** Of the first batches, so that all threads soon have some; and the least where only few fit. */
  readonly filesPerBatchMin: number
  /** Batches under way: one is read while another is written, and a third committed. */
  readonly batchesMax: number
  /** Files that are put one by one, at the same time, with what is heavy counted as `heavyFilesCount` of them. */
  readonly singlesMax: number
  /** A longer file is heavy: it is put as a stream, which has some slabs in memory. */
  readonly heavyBytesMin: number
  readonly heavyFilesCount: number
}

/** Of `putFiles`. What is beyond waits. */
export const putFilesLimits: PutFilesLimits = {
  filesPerBatchMax: 2_048,
  filesPerBatchMin: 256,
  batchesMax: 3,
  singlesMax: 16,
  heavyBytesMin: 256 * 2 ** 10,
  heavyFilesCount: 8,
}
