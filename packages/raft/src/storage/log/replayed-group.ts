import type { GroupName, HardState, Index, SnapshotMark } from '../../types.ts'
import { entriesIn, type EntryBlock, type StoredWrite } from './group-format.ts'
import type { SegmentNumber } from './record-format.ts'
import { StoredGroup } from './stored-group.ts'

/** Of a block, the entries from `from` to before `to`. */
interface Piece {
  readonly block: EntryBlock
  readonly segment: SegmentNumber
  readonly from: number
  readonly to: number
}

/** One group while its records are read. */
export class ReplayedGroup {
  hardState: HardState
  snapshot: SnapshotMark
  /** In order, without a gap, none of them empty. */
  #pieces: Piece[] = []
  /** Where those begin, or would. Entries between the snapshot and this are in segments that are gone. */
  #base: number

  constructor(hardState: HardState, snapshot: SnapshotMark, elsewhereThrough?: Index) {
    this.hardState = hardState
    this.snapshot = snapshot
    this.#base = (elsewhereThrough ?? snapshot.index) + 1
  }

  get lastIndex(): number {
    return (this.#pieces.at(-1)?.to ?? this.#base) - 1
  }

  /** Entries after the snapshot are missing. */
  get hasHole(): boolean {
    return this.#base > this.snapshot.index + 1
  }

  /** Of the blocks of which there are entries; nearly what the entries take. */
  get blockBytes(): number {
    let bytes = 0
    for (const { block } of this.#pieces) bytes += block.end - block.start
    return bytes
  }

  /** Returns why this cannot follow upon what there is, if so; otherwise it does. */
  take(write: StoredWrite, segment: SegmentNumber): string | undefined {
    const { hardState, snapshot, keepsLog, entries } = write
    if (hardState !== undefined) this.hardState = hardState
    if (snapshot !== undefined) {
      if (snapshot.index < this.snapshot.index) return 'a snapshot takes the place of a newer one'
      if (keepsLog && snapshot.index > this.lastIndex) return 'a snapshot keeps what is not there'
      this.#compact(snapshot, keepsLog)
    }
    if (entries === undefined) return undefined
    if (entries.first <= this.snapshot.index) return 'entries stand where a snapshot is'
    if (entries.first > this.lastIndex + 1) return 'entries do not follow upon those before them'
    this.#put(entries, segment)
    return undefined
  }

  /** With all its entries, which are copied out of the buffers that were read if so told. */
  stored(name: GroupName, copies: boolean): StoredGroup {
    const group = new StoredGroup(this.hardState, this.snapshot)
    for (const { block, segment, from, to } of this.#pieces) {
      const entries = entriesIn(block, from - block.first, to - block.first, copies)
      group.apply({ group: name, entries }, false, segment)
    }
    return group
  }

  #compact(snapshot: SnapshotMark, keepsLog: boolean): void {
    this.snapshot = snapshot
    const first = snapshot.index + 1
    if (!keepsLog) {
      this.#pieces = []
      this.#base = first
    } else if (first > this.#base) {
      const kept = this.#pieces.filter(({ to }) => to > first)
      this.#pieces = kept.map((piece, at) => (at === 0 ? { ...piece, from: Math.max(piece.from, first) } : piece))
      this.#base = first
    }
  }

  #put(block: EntryBlock, segment: SegmentNumber): void {
    const { first } = block
    const pieces = this.#pieces
    while ((pieces.at(-1)?.from ?? -1) >= first) pieces.pop()
    const last = pieces.at(-1)
    if (last !== undefined && last.to > first) pieces[pieces.length - 1] = { ...last, to: first }
    this.#base = Math.min(this.#base, first)
    pieces.push({ block, segment, from: first, to: first + block.count })
  }
}
