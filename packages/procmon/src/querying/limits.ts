/** What a query may ask for; another one is refused with `wrong-query`. */
export const queryLimits = {
  /** In an answer, where the query does not say. */
  processesDefault: 100,
  processesMax: 10_000,
  textLengthMax: 256,
  userLengthMax: 64,
  pidsMax: 1_024,
  /** 2^22, the most that Linux counts to, and what Windows stays below. */
  pidMax: 4_294_967_295,
  /** Of one core each. */
  processorMinMax: 65_536,
  filterLengthMax: 1_024,
} as const
