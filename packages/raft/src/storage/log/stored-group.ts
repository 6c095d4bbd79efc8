import type { Entry, HardState, Index, SnapshotMark, Term } from '../../types.ts'
import type { GroupWrite, RecoveredGroup } from '../storage.ts'
import { entryBytes } from './group-format.ts'
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
  /** From `snapshot.index + 1` on, without a gap. */
  #entries: Entry[] = []
  /** Of `#entries`, in order; none when there are no entries. */
  #runs: Run[] = []

  constructor(hardState: HardState, snapshot: SnapshotMark) {
    this.hardState = hardState
    this.snapshot = snapshot
  }

  get entries(): readonly Entry[] {
    return this.#entries
  }

  get lastIndex(): Index {
    return (this.snapshot.index + this.#entries.length) as Index
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
    return this.#entries[index - this.snapshot.index - 1]?.term === term
  }

  /** Why this cannot follow upon what there is, if so. */
  refusal({ snapshot, entries = [] }: GroupWrite, keepsLog: boolean): string | undefined {
    const marked = snapshot ?? this.snapshot
    if (marked.index < this.snapshot.index) return 'a snapshot takes the place of a newer one'
    if (entries.length === 0) return undefined
    const { index: first } = entries[0] as Entry
    if (first <= marked.index) return 'entries stand where a snapshot is'
    const last = snapshot !== undefined && !keepsLog ? marked.index : this.lastIndex
    if (first > last + 1) return 'entries do not follow upon those before them'
    for (let at = 1; at < entries.length; at++) {
      if ((entries[at] as Entry).index !== first + at) return 'entries of one write do not follow one another'
    }
    return undefined
  }

  /** It has no `refusal`. */
  apply({ hardState, snapshot, entries = [] }: GroupWrite, keepsLog: boolean, segment: SegmentNumber): void {
    if (hardState !== undefined) this.hardState = hardState
    if (snapshot !== undefined) this.#compact(snapshot, keepsLog)
    if (entries.length > 0) this.#put(entries, segment)
  }

  /** All its entries stand in that segment too. */
  moved(segment: SegmentNumber): void {
    const [first] = this.#entries
    if (first !== undefined) this.#runs = [{ segment, first: first.index }]
  }

  recovered(): RecoveredGroup {
    return { hardState: this.hardState, snapshot: this.snapshot, entries: [...this.#entries] }
  }

  #compact(snapshot: SnapshotMark, keepsLog: boolean): void {
    this.#entries = keepsLog ? this.#entries.slice(snapshot.index - this.snapshot.index) : []
    this.snapshot = snapshot
    const first = snapshot.index + 1
    let passed = 0
    while (passed + 1 < this.#runs.length && (this.#runs[passed + 1] as Run).first <= first) passed++
    this.#runs = this.#entries.length === 0 ? [] : this.#runs.slice(passed)
  }

  #put(entries: readonly Entry[], segment: SegmentNumber): void {
    const { index: first } = entries[0] as Entry
    const kept = first - this.snapshot.index - 1
    if (this.#entries.length > kept) this.#entries.length = kept
    for (let at = 0; at < entries.length; at++) this.#entries.push(entries[at] as Entry)
    const runs = this.#runs
    while (runs.length > 0 && (runs[runs.length - 1] as Run).first >= first) runs.pop()
    if (runs[runs.length - 1]?.segment !== segment) runs.push({ segment, first })
  }
}
