/** Some processes that find each other; started already. */
export interface Cluster {
  /** From the moment the last process is ready until all of them know all. */
  readonly knownMs: () => Promise<number>
  /** Ends one process by force; until all others say that it has failed. */
  readonly killedMs: () => Promise<number>
  readonly stop: () => Promise<void>
}
