import type { NodeId } from '@flotilla/core/ids'
import type { GroupWrite, RecoveredGroup } from '../../storage/storage.ts'
import type { Entry, HardState, Index, SnapshotMark, Term } from '../../types.ts'

export type RecordedWrite = Pick<GroupWrite, 'hardState' | 'entries' | 'snapshot'>

export type RecordedSnapshot = Pick<SnapshotMark, 'index' | 'term'> & Partial<Pick<SnapshotMark, 'configuration'>>

/** What one node's log says, as far as its writes tell: those asked for, or those known to be durable. */
export class LogRecord {
  hardState: HardState = { term: 0 as Term, vote: undefined }
  snapshot: RecordedSnapshot = { index: 0 as Index, term: 0 as Term }
  /** Those after the snapshot, without a gap. */
  entries: Entry[] = []

  static of({ hardState, snapshot, entries }: RecoveredGroup): LogRecord {
    const log = new LogRecord()
    log.hardState = hardState
    log.snapshot = snapshot
    log.entries = [...entries]
    return log
  }

  get lastIndex(): number {
    return this.snapshot.index + this.entries.length
  }

  /** Undefined where the log does not reach, or not any more. */
  entryAt(index: number): Entry | undefined {
    return this.entries[index - this.snapshot.index - 1]
  }

  termAt(index: number): number | undefined {
    return index === this.snapshot.index ? this.snapshot.term : this.entryAt(index)?.term
  }

  apply({ hardState, entries, snapshot }: RecordedWrite): void {
    if (hardState !== undefined) this.hardState = hardState
    if (snapshot !== undefined) this.#cut(snapshot)
    const first = entries?.[0]
    if (entries === undefined || first === undefined) return
    this.entries.length = Math.max(0, first.index - this.snapshot.index - 1)
    for (const entry of entries) if (entry.index > this.snapshot.index) this.entries.push(entry)
  }

  /** In one line, to compare what was written with what was found. */
  summary(): string {
    const { term, vote } = this.hardState
    const entries = this.entries.map((entry) => `${entry.index}/${entry.term}`).join(' ')
    return `term ${term}, vote ${shortName(vote)}, snapshot ${this.snapshot.index}/${this.snapshot.term}, ${entries}`
  }

  copy(): LogRecord {
    const copy = new LogRecord()
    copy.hardState = this.hardState
    copy.snapshot = this.snapshot
    copy.entries = [...this.entries]
    return copy
  }

  #cut(snapshot: SnapshotMark): void {
    const follows = this.termAt(snapshot.index) === snapshot.term
    this.entries = follows ? this.entries.slice(snapshot.index - this.snapshot.index) : []
    this.snapshot = snapshot
  }
}

/** Enough of an id to tell a handful of nodes apart. */
export function shortName(node: NodeId | undefined): string {
  return node === undefined ? 'nobody' : node.slice(-6)
}
