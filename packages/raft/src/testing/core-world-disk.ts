import type { Write } from '../effects.ts'
import type { Entry, HardState, SnapshotMark, Term } from '../types.ts'

/** One node's disk, as far as a core can tell: what was durable when it began again. */
export class CoreDisk {
  hardState: HardState = { term: 0 as Term, vote: undefined }
  snapshot: SnapshotMark
  /** Those after the snapshot. */
  entries: readonly Entry[] = []

  constructor(snapshot: SnapshotMark) {
    this.snapshot = snapshot
  }

  write({ hardState, snapshot, entries }: Write): void {
    if (hardState !== undefined) this.hardState = hardState
    if (snapshot !== undefined) this.#takeSnapshot(snapshot)
    const first = entries?.[0]
    if (entries === undefined || first === undefined) return
    const kept = this.entries.slice(0, first.index - this.snapshot.index - 1)
    if (kept.length !== first.index - this.snapshot.index - 1) throw new Error(`a gap before entry ${first.index}`)
    this.entries = [...kept, ...entries]
  }

  #takeSnapshot(snapshot: SnapshotMark): void {
    const place = snapshot.index - this.snapshot.index - 1
    const follows = place === -1 || this.entries[place]?.term === snapshot.term
    this.entries = follows ? this.entries.slice(place + 1) : []
    this.snapshot = snapshot
  }
}
