interface PutFilesLimits {
  /** Files that one thread reads in one go; a batch ends sooner where its records fill `fileBatchBytes` of the store. */
  readonly filesPerBatchMax: number
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
  filesPerBatchMax: 512,
  batchesMax: 6,
  singlesMax: 16,
  heavyBytesMin: 256 * 2 ** 10,
  heavyFilesCount: 8,
}
