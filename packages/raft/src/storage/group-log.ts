import { assert } from '@flotilla/core/errors'
import type { Entry, HardState, Index, SnapshotMark } from '../types.ts'
import { noHardState } from './log/stored-group.ts'
import type { GroupWrite, RecoveredGroup } from './storage.ts'

/** What one group has on the disk, as its writes have left it. */
export class GroupLog {
  hardState: HardState = noHardState
  snapshot: SnapshotMark
  /** From `snapshot.index + 1` on, without a gap. */
  entries: Entry[] = []

  constructor(snapshot: SnapshotMark) {
    this.snapshot = snapshot
  }

  get lastIndex(): Index {
    return (this.snapshot.index + this.entries.length) as Index
  }

  /** Whether the entries after this snapshot go on from it: the entry at its index, known or not, has its term. */
  keepsAfter(snapshot: SnapshotMark): boolean {
    const { index, term } = snapshot
    if (index === this.snapshot.index) return term === this.snapshot.term
    return this.entries[index - this.snapshot.index - 1]?.term === term
  }

  apply(write: GroupWrite): void {
    if (write.hardState !== undefined) this.hardState = write.hardState
    if (write.snapshot !== undefined) this.#compact(write.snapshot)
    if (write.entries !== undefined && write.entries.length > 0) this.#put(write.entries)
  }

  recovered(): RecoveredGroup {
    return { hardState: this.hardState, snapshot: this.snapshot, entries: [...this.entries] }
  }

  #compact(snapshot: SnapshotMark): void {
    assert(snapshot.index >= this.snapshot.index, 'a snapshot takes the place of an older one')
    this.entries = this.keepsAfter(snapshot) ? this.entries.slice(snapshot.index - this.snapshot.index) : []
    this.snapshot = snapshot
  }

  #put(entries: readonly Entry[]): void {
    const first = (entries[0] as Entry).index
    assert(first > this.snapshot.index && first <= this.lastIndex + 1, 'entries go on from what stands before them')
    this.entries.length = first - this.snapshot.index - 1
    for (let at = 0; at < entries.length; at++) {
      const entry = entries[at] as Entry
      assert(entry.index === first + at, 'entries of one write follow one another')
      this.entries.push(entry)
    }
  }
}
