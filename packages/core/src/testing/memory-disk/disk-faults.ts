/** What a disk is asked to do: all that a fault plan needs to decide how long it takes and whether it fails. */
export interface DiskOperation {
  readonly type: 'open' | 'get' | 'replace' | 'rename' | 'remove' | 'list' | 'read' | 'write' | 'truncate' | 'sync'
  /** The file, or for `list` the folder; for `rename` where it goes. */
  readonly path: string
  /** Where a read or write begins, and what size a truncation leaves; otherwise 0. */
  readonly position: number
  /** How many bytes are asked for, or handed over. */
  readonly bytes: number
}

export interface DiskFailure {
  readonly code: 'io-failed' | 'disk-full'
  /** How many bytes of a failing write are written all the same; none unless told. */
  readonly bytesWritten?: number
  /** Whether a failing `replace`, `rename` or `remove` happens all the same; it does not unless told. */
  readonly happens?: boolean
}

/** The hook of a simulator or a test: it alone decides when each operation is over and how it ends. */
export interface DiskFaults {
  /**
   * Called as each operation begins. `finish` is to be called once: during this call, or when its (virtual) time has
   * come; with a failure if it fails. Never calling it is a disk that stalls. After a crash it does nothing.
   * A sync that fails poisons the file and leaves in doubt, for good, what was not yet durable.
   */
  begin(operation: DiskOperation, finish: (failure?: DiskFailure) => void): void
}

/** Every operation succeeds at once. */
export const faultless: DiskFaults = { begin: (_operation, finish) => finish() }
