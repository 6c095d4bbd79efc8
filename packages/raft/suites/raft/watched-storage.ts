import type { Chronicle, MemberRecord } from '../../src/testing/invariants/chronicle.ts'
import type { GroupWrite, RaftStorage } from '../../src/storage/storage.ts'

/** A storage whose writes are told to a chronicle: when they are asked for, and when they are durable. */
export function watchedStorage(
  inner: RaftStorage,
  chronicle: Chronicle,
  record: MemberRecord,
  look: { readonly before: () => void; readonly after: () => void },
): RaftStorage {
  return {
    recovered: inner.recovered,
    snapshots: inner.snapshots,
    crowded: () => inner.crowded(),
    figures: () => inner.figures(),
    async write(writes: readonly GroupWrite[]) {
      look.before()
      for (const write of writes) chronicle.writes(record, write)
      look.after()
      await inner.write(writes)
      for (const _ of writes) chronicle.written(record)
      look.after()
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  }
}
