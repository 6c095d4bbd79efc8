import { assert } from '@flotilla/core/errors'
import type { GroupName, SnapshotMark } from '../../types.ts'
import type { GroupWrite } from '../storage.ts'
import { segmentBytesAfter, type StorageLimits } from '../storage-limits.ts'
import { encodeState, encodeWrite } from './group-format.ts'
import { firstOffset, type Place, type SegmentNumber } from './record-format.ts'
import { RecordWriter } from './record-writer.ts'
import { seedOf } from './segment-header.ts'
import { noHardState, StoredGroup } from './stored-group.ts'

/** What becomes durable with one sync. */
export interface Batch {
  readonly segment: SegmentNumber
  /** Its segment is a new one. */
  readonly beginsSegment: boolean
  /** Where its bytes go, and what they are. */
  readonly offset: number
  readonly pieces: readonly Uint8Array[]
  readonly end: number
  readonly done: PromiseWithResolvers<void>
  /** Groups whose snapshot is another one from now on; undefined for none. */
  readonly marks: readonly (readonly [GroupName, SnapshotMark | undefined])[]
  /** When it is durable, no segment before this one is needed. */
  readonly needed: SegmentNumber | undefined
}

/** A batch that takes more. */
interface OpenBatch {
  readonly segment: SegmentNumber
  readonly record: RecordWriter
  readonly state: RecordWriter | undefined
  readonly done: PromiseWithResolvers<void>
  readonly marks: (readonly [GroupName, SnapshotMark | undefined])[]
  isEmpty: boolean
}

/** Of a segment: what is left free at its end, so that most batches fit. */
const freeShare = 16
/** Of a segment: the most that is written again at its start of entries that stand before it; and of one group's. */
const rewriteShare = 8
const rewriteGroupShare = 64
/** Slabs of earlier batches kept for the next ones. */
const slabsKeptMax = 2

/** Decides what becomes one batch, where in the log it goes, and what it says. It knows nothing of the disk. */
export class LogPlan {
  readonly groups: Map<GroupName, StoredGroup>
  readonly #logId: Uint8Array
  readonly #limits: StorageLimits
  /** The end of the last batch that was closed. */
  #end: Place
  /** Length of the segment in which that is; 0 while that is none to write to. */
  #segmentBytes = 0
  #newestSegment: SegmentNumber
  #open: OpenBatch | undefined
  readonly #closed: Batch[] = []
  #waitingBytes = 0
  readonly #slabs: Uint8Array[] = []

  constructor(options: {
    readonly groups: Map<GroupName, StoredGroup>
    readonly logId: Uint8Array
    readonly limits: StorageLimits
    readonly end: Place
    /** The highest number that any file has had. */
    readonly newestSegment: SegmentNumber
  }) {
    this.groups = options.groups
    this.#logId = options.logId
    this.#limits = options.limits
    this.#end = options.end
    this.#newestSegment = options.newestSegment
  }

  /** Bytes that were added and not taken. */
  get waitingBytes(): number {
    return this.#waitingBytes + (this.#open?.record.payloadBytes ?? 0)
  }

  /** The batch without writes that begins the first segment of this life. */
  begin(): Batch {
    return this.#close(this.#openBatch())
  }

  /** Resolves or rejects with the batch that it becomes part of. */
  add(writes: readonly GroupWrite[]): Promise<void> {
    const batch = this.#openBatch()
    for (let at = 0; at < writes.length; at++) this.#add(batch, writes[at] as GroupWrite)
    if (batch.record.payloadBytes >= this.#limits.batchBytesMax) {
      const closed = this.#close(batch)
      this.#closed.push(closed)
      this.#waitingBytes += closed.end - closed.offset
    }
    return batch.done.promise
  }

  /** The next one to write, if there is any; everything before it must be durable first. */
  take(): Batch | undefined {
    const first = this.#closed.shift()
    if (first === undefined) return this.#open && this.#close(this.#open)
    this.#waitingBytes -= first.end - first.offset
    return first
  }

  /** What the log ends with when it is closed; nothing waits. */
  mark(): Batch {
    assert(this.#open === undefined && this.#closed.length === 0, 'a mark stands behind all writes')
    const record = new RecordWriter()
    const { segment, offset } = this.#end
    const pieces = record.seal('mark', seedOf(this.#logId, segment), offset, this.#end)
    const end = offset + record.sealedBytes
    this.#end = { segment, offset: end }
    return { segment, beginsSegment: false, offset, pieces, end, done: settled(), marks: [], needed: undefined }
  }

  /** It is on the disk, and its memory may be used again. */
  recycle(batch: Batch): void {
    const [first] = batch.pieces
    if (first !== undefined && this.#slabs.length < slabsKeptMax) this.#slabs.push(new Uint8Array(first.buffer))
  }

  #openBatch(): OpenBatch {
    if (this.#open !== undefined) return this.#open
    const isNew = this.#end.offset + this.#segmentBytes / freeShare > this.#segmentBytes
    const segment = isNew ? ((this.#newestSegment + 1) as SegmentNumber) : this.#end.segment
    this.#newestSegment = segment
    this.#open = {
      segment,
      record: new RecordWriter(this.#slabs.pop()),
      state: isNew ? this.#state(segment) : undefined,
      done: settled(),
      marks: [],
      isEmpty: true,
    }
    return this.#open
  }

  #add(batch: OpenBatch, write: GroupWrite): void {
    const { group: name, hardState, snapshot } = write
    batch.isEmpty = false
    if (write.removed) {
      encodeWrite(batch.record, { group: name, removed: true }, false)
      this.groups.delete(name)
      batch.marks.push([name, undefined])
      return
    }
    const group = this.groups.get(name) ?? begun(hardState, snapshot)
    const keepsLog = snapshot !== undefined && group.keepsAfter(snapshot)
    const refusal = group.refusal(write, keepsLog)
    assert(refusal === undefined, `a write to the log of ${name}: ${refusal}`)
    encodeWrite(batch.record, write, keepsLog)
    group.apply(write, keepsLog, batch.segment)
    this.groups.set(name, group)
    if (snapshot !== undefined) batch.marks.push([name, snapshot])
  }

  #close(batch: OpenBatch): Batch {
    this.#open = undefined
    const { segment, record, state, done, marks } = batch
    const seed = seedOf(this.#logId, segment)
    const synced = this.#end
    const offset = state === undefined ? synced.offset : firstOffset
    let end = offset
    let pieces: readonly Uint8Array[] = []
    if (state !== undefined) {
      pieces = state.seal('state', seed, end, synced)
      end += state.sealedBytes
      this.#segmentBytes = segmentBytesAfter(this.#segmentBytes, this.#limits)
    }
    if (!batch.isEmpty) {
      const own = record.seal('batch', seed, end, synced)
      pieces = pieces.length === 0 ? own : [...pieces, ...own]
      end += record.sealedBytes
    }
    assert(end < 2 ** 32, 'a segment is shorter than 4 GiB, whatever one write brings')
    this.#end = { segment, offset: end }
    const needed = state !== undefined || marks.length > 0 ? this.#needed() : undefined
    return { segment, beginsSegment: state !== undefined, offset, pieces, end, done, marks, needed }
  }

  /** The oldest segment in which there is an entry that stands nowhere else. */
  #needed(): SegmentNumber {
    let { segment } = this.#end
    for (const { oldestSegment } of this.groups.values()) {
      if (oldestSegment !== undefined && oldestSegment < segment) segment = oldestSegment
    }
    return segment
  }

  /**
   * What all groups are now, and those of their entries that are few: so that older segments are needed by none but
   * groups that have many.
   */
  #state(segment: SegmentNumber): RecordWriter {
    const record = new RecordWriter()
    const { segmentBytes } = this.#limits
    let budget = segmentBytes / rewriteShare
    record.u32(this.groups.size)
    const oldestFirst = [...this.groups].toSorted(
      ([, one], [, other]) => (one.oldestSegment ?? segment) - (other.oldestSegment ?? segment),
    )
    for (const [name, group] of oldestFirst) {
      const most = Math.min(budget, segmentBytes / rewriteGroupShare)
      const bytes = group.tailBytes(most)
      const moves = bytes <= most
      encodeState(record, name, group, moves ? undefined : group.lastIndex)
      if (!moves) continue
      budget -= bytes
      group.moved(segment)
    }
    return record
  }
}

function begun(hardState: GroupWrite['hardState'], snapshot: SnapshotMark | undefined): StoredGroup {
  assert(snapshot !== undefined, 'the first write of a group has a snapshot')
  return new StoredGroup(hardState ?? noHardState, snapshot)
}

/** Nobody has to listen: whoever gave a write does. */
function settled(): PromiseWithResolvers<void> {
  const done = Promise.withResolvers<void>()
  done.promise.catch(() => {})
  return done
}
