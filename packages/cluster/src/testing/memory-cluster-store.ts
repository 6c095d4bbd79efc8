import type { ClusterStore, RecordName } from '../ports.ts'

export interface MemoryClusterStoreOptions {
  /** What was durable when the process before this one ended. */
  readonly records?: ReadonlyMap<RecordName, Uint8Array>
  /**
   * Asked before each save takes effect and again after it: throws what the save is to fail with, or waits as long as
   * it is to take.
   */
  readonly interfere?: (name: RecordName, when: 'before' | 'after') => Promise<void> | void
}

/** Records in memory. */
export interface MemoryClusterStore extends ClusterStore {
  /** What is durable now. */
  records(): ReadonlyMap<RecordName, Uint8Array>
}

export function memoryClusterStore(options: MemoryClusterStoreOptions = {}): MemoryClusterStore {
  const { interfere } = options
  const records = new Map(options.records)
  return {
    load: (name) => Promise.resolve(records.get(name)?.slice()),
    async save(name, bytes) {
      const copy = bytes.slice()
      await interfere?.(name, 'before')
      records.set(name, copy)
      await interfere?.(name, 'after')
    },
    remove(name) {
      records.delete(name)
      return Promise.resolve()
    },
    records: () => new Map(records),
  }
}
