import type { Entry, HardState, Index, SnapshotMark, Term } from '../../types.ts'
import type { RecoveredGroup } from '../storage.ts'
import { entryBytes, type StoredWrite } from './group-format.ts'
import type { SegmentNumber } from './record-format.ts'

/** Of a group that has had no election. */
export const noHardState: HardState = { term: 0 as Term, vote: undefined }

/** Entries from `first` on, up to where the next run begins, are in this segment. */
interface Run {
  readonly segment: SegmentNumber
  readonly first: Index
}

/** One group: what the log says of it, and where in the log that stands. */
export class StoredGroup {
  hardState: HardState
  snapshot: SnapshotMark
  /** From `#base` on, without a gap. */
  #entries: Entry[] = []
  /** `snapshot.index < #base`. Entries between are in segments not read: gone, and only a hole if nothing follows. */
  #base: number
  /** Of `#entries`, in order; none when there are no entries. */
  #runs: Run[] = []

  constructor(hardState: HardState, snapshot: SnapshotMark, elsewhereThrough?: Index) {
    this.hardState = hardState
    this.snapshot = snapshot
    this.#base = (elsewhereThrough ?? snapshot.index) + 1
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get lastIndex(): Index {
    return (this.#base - 1 + this.#entries.length) as Index
  }

  /** Entries after the snapshot are missing. */
  get hasHole(): boolean {
    return this.#base > this.snapshot.index + 1
  }

  /** The oldest segment that it needs, if any but the newest. */
  get oldestSegment(): SegmentNumber | undefined {
    return this.#runs[0]?.segment
  }

  /** Bytes of its entries in a record, or more than `most`, whatever they are. */
  tailBytes(most: number): number {
    let bytes = 0
    for (let at = 0; at < this.#entries.length && bytes <= most; at++) bytes += entryBytes(this.#entries[at] as Entry)
    return bytes
  }

  /** Whether the entries after this snapshot go on from it: the entry at its index has its term. */
  keepsAfter({ index, term }: SnapshotMark): boolean {
    if (index === this.snapshot.index) return term === this.snapshot.term
    return this.#entries[index - this.#base]?.term === term
  }

  /** Why this cannot follow upon what there is, if so. */
  refusal(write: StoredWrite): string | undefined {
    const { snapshot, keepsLog, entries } = write
    if (snapshot !== undefined && snapshot.index < this.snapshot.index)
      return 'a snapshot takes the place of a newer one'
    if (snapshot !== undefined && keepsLog && snapshot.index > this.lastIndex)
      return 'a snapshot keeps what is not there'
    if (entries.length === 0) return undefined
    const first = (entries[0] as Entry).index
    const before = snapshot?.index ?? this.snapshot.index
    const last = snapshot !== undefined && !keepsLog ? before : this.lastIndex
    if (first <= before) return 'entries stand where a snapshot is'
    return first > last + 1 ? 'entries do not follow upon those before them' : undefined
  }

  /** It has no `refusal`. */
  apply(write: StoredWrite, segment: SegmentNumber): void {
    if (write.hardState !== undefined) this.hardState = write.hardState
    if (write.snapshot !== undefined) this.#compact(write.snapshot, write.keepsLog)
    if (write.entries.length > 0) this.#put(write.entries, segment)
  }

  /** All its entries stand in that segment too. */
  moved(segment: SegmentNumber): void {
    if (this.#entries.length > 0) this.#runs = [{ segment, first: this.#base as Index }]
  }

  /** Lets go of the buffers that the entries were read from. */
  copyData(): void {
    this.#entries = this.#entries.map((entry) => ({ ...entry, data: entry.data.slice() }))
  }

  recovered(): RecoveredGroup {
    return { hardState: this.hardState, snapshot: this.snapshot, entries: [...this.#entries] }
  }

  #compact(snapshot: SnapshotMark, keepsLog: boolean): void {
    this.snapshot = snapshot
    const gone = keepsLog ? Math.max(0, snapshot.index + 1 - this.#base) : this.#entries.length
    this.#entries = this.#entries.slice(gone)
    this.#base = keepsLog ? this.#base + gone : snapshot.index + 1
    let passed = 0
    while (passed + 1 < this.#runs.length && (this.#runs[passed + 1] as Run).first <= this.#base) passed++
    this.#runs = this.#entries.length === 0 ? [] : this.#runs.slice(passed)
  }

  #put(entries: readonly Entry[], segment: SegmentNumber): void {
    const { index: first } = entries[0] as Entry
    if (first < this.#base) {
      this.#base = first
      this.#entries = []
    }
    if (this.#entries.length > first - this.#base) this.#entries.length = first - this.#base
    for (let at = 0; at < entries.length; at++) this.#entries.push(entries[at] as Entry)
    const runs = this.#runs
    while (runs.length > 0 && (runs[runs.length - 1] as Run).first >= first) runs.pop()
    if (runs[runs.length - 1]?.segment !== segment) runs.push({ segment, first })
  }
}
