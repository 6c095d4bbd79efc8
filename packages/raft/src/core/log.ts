import { assert } from '@flotilla/core/errors'
import type { PlacedConfiguration } from '../messages.ts'
import type { Configuration, Entry, Index, SnapshotMark, Term } from '../types.ts'
import { decodeConfiguration } from './configuration-codec.ts'

/** What an entry costs beside its data: an object, its place in arrays, its head on the wire and on disk. */
export const entryOverheadBytes = 64

export function entryBytes(entry: Entry): number {
  return entry.data.length + entryOverheadBytes
}

/**
 * The log in memory: the last snapshot, whatever is still kept of what it stands for, and everything after it. It
 * knows the configurations that stand in it, so that one is in force as soon as it is appended and stops being so when
 * it is truncated (Raft §6).
 */
export class Log {
  #snapshot: SnapshotMark
  /** The entry just before the first that is here: `#baseIndex <= #snapshot.index`. */
  #baseIndex: Index
  #baseTerm: Term
  /** Those after `#baseIndex`, without a gap; terms never fall. */
  #entries: Entry[] = []
  #bytes = 0
  /** Bytes of those up to the snapshot's index. */
  #trailingBytes = 0
  /** In order; the first is the one in force at `#baseIndex` or at the snapshot that took the log's place. */
  #configurations: PlacedConfiguration[]
  /** What `slice` gave last. */
  #cut: readonly Entry[] = []

  constructor(snapshot: SnapshotMark, entries: readonly Entry[]) {
    this.#snapshot = snapshot
    this.#baseIndex = snapshot.index
    this.#baseTerm = snapshot.term
    this.#configurations = [{ index: snapshot.index, configuration: snapshot.configuration }]
    for (const entry of entries) this.push(entry, configurationIn(entry))
  }

  get snapshot(): SnapshotMark {
    return this.#snapshot
  }

  /** The first that is still here, or would be if there were any. */
  get firstIndex(): Index {
    return (this.#baseIndex + 1) as Index
  }

  get lastIndex(): Index {
    return (this.#baseIndex + this.#entries.length) as Index
  }

  get lastTerm(): Term {
    return this.#entries.at(-1)?.term ?? this.#baseTerm
  }

  get count(): number {
    return this.#entries.length
  }

  get bytes(): number {
    return this.#bytes
  }

  get bytesSinceSnapshot(): number {
    return this.#bytes - this.#trailingBytes
  }

  /** In force: the last that stands in the log, decided or not. */
  get configuration(): Configuration {
    return this.#lastConfiguration().configuration
  }

  get configurationIndex(): Index {
    return this.#lastConfiguration().index
  }

  /** The one that was in force at that index, as far as is still known. */
  configurationAt(index: Index): PlacedConfiguration {
    const placed = this.#configurations.findLast((candidate) => candidate.index <= index)
    return placed ?? (this.#configurations[0] as PlacedConfiguration)
  }

  /** Undefined beyond the end, and for what is compacted; known for the last that is compacted. */
  termAt(index: Index): Term | undefined {
    if (index === this.#baseIndex) return this.#baseTerm
    if (index === this.#snapshot.index) return this.#snapshot.term
    return this.#entries[index - this.#baseIndex - 1]?.term
  }

  /**
   * Entries from one index to another, both included; they have to be here. The same question twice in a row gives
   * the same array, so that what goes to the disk and to every follower can be encoded once.
   */
  slice(first: Index, last: Index): readonly Entry[] {
    assert(first > this.#baseIndex && last <= this.lastIndex, 'only what is in the log is read from it')
    if (this.#cut[0]?.index === first && this.#cut.at(-1)?.index === last) return this.#cut
    this.#cut = this.#entries.slice(first - this.#baseIndex - 1, last - this.#baseIndex)
    return this.#cut
  }

  /** The last index of as many entries from `first` on as these limits allow; at least one, if there is one. */
  reachFrom(first: Index, bytesMax: number, entriesMax: number): Index {
    const end = Math.min(this.#entries.length, first - this.#baseIndex - 1 + entriesMax)
    let place = first - this.#baseIndex - 1
    let bytes = 0
    for (; place < end; place++) {
      bytes += entryBytes(this.#entries[place] as Entry)
      if (bytes > bytesMax && place >= first - this.#baseIndex) break
    }
    return (this.#baseIndex + place) as Index
  }

  /** Bytes of the entries from one index to another, both included. */
  bytesBetween(first: Index, last: Index): number {
    let bytes = 0
    for (let place = first - this.#baseIndex - 1; place < last - this.#baseIndex; place++) {
      bytes += entryBytes(this.#entries[place] as Entry)
    }
    return bytes
  }

  /** `configuration` is what the entry's data say, if it is of that kind. */
  push(entry: Entry, configuration: Configuration | undefined): void {
    assert(entry.index === this.lastIndex + 1 && entry.term >= this.lastTerm, 'a log grows by one, in order of terms')
    this.#entries.push(entry)
    this.#bytes += entryBytes(entry)
    if (configuration !== undefined) this.#configurations.push({ index: entry.index, configuration })
  }

  /** Takes everything from `index` on away. */
  truncateFrom(index: Index): void {
    assert(index > this.#snapshot.index, 'what a snapshot stands for is never truncated')
    const kept = index - this.#baseIndex - 1
    for (let place = kept; place < this.#entries.length; place++) {
      this.#bytes -= entryBytes(this.#entries[place] as Entry)
    }
    this.#entries.length = kept
    this.#cut = []
    while (this.#configurations.length > 1 && this.#lastConfiguration().index >= index) this.#configurations.pop()
  }

  /** A snapshot stands for everything up to its index now; the last `trailingBytes` of that are kept for a while. */
  compact(snapshot: SnapshotMark, trailingBytes: number): void {
    assert(this.termAt(snapshot.index) === snapshot.term, 'a snapshot of our own is of our own log')
    this.#snapshot = snapshot
    let place = snapshot.index - this.#baseIndex
    let kept = 0
    while (place > 0) {
      const bytes = entryBytes(this.#entries[place - 1] as Entry)
      if (kept + bytes > trailingBytes) break
      kept += bytes
      place--
    }
    this.#trailingBytes = kept
    if (place === 0) return
    this.#baseTerm = (this.#entries[place - 1] as Entry).term
    this.#baseIndex = (this.#baseIndex + place) as Index
    this.#bytes = 0
    this.#entries.splice(0, place)
    this.#cut = []
    for (const entry of this.#entries) this.#bytes += entryBytes(entry)
    const inForce = this.#configurations.findLastIndex((candidate) => candidate.index <= this.#baseIndex)
    if (inForce > 0) this.#configurations.splice(0, inForce)
  }

  /** Another's snapshot in place of everything. */
  reset(snapshot: SnapshotMark): void {
    this.#snapshot = snapshot
    this.#baseIndex = snapshot.index
    this.#baseTerm = snapshot.term
    this.#entries = []
    this.#cut = []
    this.#bytes = 0
    this.#trailingBytes = 0
    this.#configurations = [{ index: snapshot.index, configuration: snapshot.configuration }]
  }

  /**
   * The highest index, at most `index`, at which a log that has `term` at `index` may agree with this one: no entry
   * with a later term can. So a refusal passes over a whole term at once (Raft §5.3).
   */
  mayAgreeAt(index: Index, term: Term): Index {
    let candidate = Math.min(index, this.lastIndex) as Index
    while (candidate > this.#baseIndex && (this.termAt(candidate) as Term) > term) candidate--
    return candidate
  }

  #lastConfiguration(): PlacedConfiguration {
    return this.#configurations.at(-1) as PlacedConfiguration
  }
}

/** Throws a `ProtocolError` if it claims to hold a configuration and does not. */
function configurationIn(entry: Entry): Configuration | undefined {
  return entry.kind === 'configuration' ? decodeConfiguration(entry.data) : undefined
}
