import type { GroupName, SnapshotMark } from '../../types.ts'
import { corrupt } from '../storage-error.ts'
import { decodeWrite, type StoredWrite } from './group-format.ts'
import { MalformedPayload, PayloadReader } from './payload-reader.ts'
import { recordHeadBytes, type RecordKind, type SegmentNumber } from './record-format.ts'
import { ReplayedGroup } from './replayed-group.ts'
import { noHardState, type StoredGroup } from './stored-group.ts'

/** Entries are copied out of the buffers that they were read into when all of them together are at most so much. */
const copiedBytesMax = 64 * 2 ** 20
/** The shortest part of a record. */
const groupBytesMin = 2

interface Source {
  readonly path: string
  readonly segment: SegmentNumber
}

/** Makes of records, in order, what the groups are. What cannot be is `corrupt`, also where every checksum is right. */
export class Replay {
  readonly #groups = new Map<GroupName, ReplayedGroup>()
  #hasBegun = false

  take(kind: RecordKind, payload: Uint8Array, source: Source, offset: number): void {
    const reader = new PayloadReader(payload)
    try {
      if (kind === 'state') this.#takeState(reader, source.segment)
      else if (kind === 'batch') while (reader.left > 0) this.#takeWrite(reader, source.segment)
      if (reader.left > 0) reader.fail('it goes on behind its end')
    } catch (error) {
      if (!(error instanceof MalformedPayload)) throw error
      const at = offset + recordHeadBytes + error.position
      throw corrupt(source.path, at, `the checksum is right, but ${error.message}`, error)
    }
  }

  /** Nothing comes any more. Throws if entries are missing that no snapshot stands for. */
  finish(path: string, offset: number): Map<GroupName, StoredGroup> {
    let bytes = 0
    for (const [name, group] of this.#groups) {
      if (group.hasHole) {
        const why = `entries of the group ${name} after ${group.snapshot.index} are missing; an older segment is gone`
        throw corrupt(path, offset, why)
      }
      bytes += group.blockBytes
    }
    const stored = new Map<GroupName, StoredGroup>()
    for (const [name, group] of this.#groups) stored.set(name, group.stored(name, bytes <= copiedBytesMax))
    return stored
  }

  #takeWrite(reader: PayloadReader, segment: SegmentNumber): void {
    const write = decodeWrite(reader)
    if (write.removed) {
      if (!this.#groups.delete(write.group)) reader.fail(`it removes the group ${write.group}, which there is not`)
      return
    }
    if (write.elsewhereThrough !== undefined) reader.fail('entries stand elsewhere, though no segment begins')
    const group = this.#groups.get(write.group) ?? this.#begun(reader, write)
    const refusal = group.take(write, segment)
    if (refusal !== undefined) reader.fail(refusal)
    this.#groups.set(write.group, group)
  }

  #begun(reader: PayloadReader, { hardState = noHardState, snapshot, group }: StoredWrite): ReplayedGroup {
    return snapshot === undefined
      ? reader.fail(`the group ${group} begins without a snapshot`)
      : new ReplayedGroup(hardState, snapshot)
  }

  /** What the groups are at the start of a segment: the oldest one says it, the others confirm it. */
  #takeState(reader: PayloadReader, segment: SegmentNumber): void {
    const count = reader.u32()
    if (count * groupBytesMin > reader.left) reader.fail('there are more groups than its record could hold')
    if (this.#hasBegun && count !== this.#groups.size) {
      reader.fail(`there are ${count} groups, and ${this.#groups.size} in the segments before`)
    }
    const names = new Set<GroupName>()
    for (let number = 0; number < count; number++) {
      const state = decodeWrite(reader)
      names.add(state.group)
      this.#takeGroup(reader, state, segment)
    }
    if (names.size !== count) reader.fail('a group is there twice')
    this.#hasBegun = true
  }

  #takeGroup(reader: PayloadReader, state: StoredWrite, segment: SegmentNumber): void {
    const { group: name, hardState, snapshot, elsewhereThrough, entries, removed, keepsLog } = state
    if (hardState === undefined || snapshot === undefined || removed || keepsLog) {
      return reader.fail(`the state of the group ${name} is not whole`)
    }
    if (elsewhereThrough !== undefined && (entries !== undefined || elsewhereThrough < snapshot.index)) {
      reader.fail(`the entries of the group ${name} stand both here and elsewhere`)
    }
    const fresh = new ReplayedGroup(hardState, snapshot, elsewhereThrough)
    const refusal = fresh.take({ ...state, snapshot: undefined }, segment)
    if (refusal !== undefined) reader.fail(refusal)
    const known = this.#groups.get(name)
    if (this.#hasBegun) {
      if (known === undefined || !isSame(known, fresh)) {
        reader.fail(`the group ${name} is not what the segments before have left`)
      }
      // Those that stand here again are the same; an older segment may go for them.
      if (elsewhereThrough !== undefined) return
    }
    this.#groups.set(name, fresh)
  }
}

function isSame(one: ReplayedGroup, other: ReplayedGroup): boolean {
  const [mark, otherMark]: [SnapshotMark, SnapshotMark] = [one.snapshot, other.snapshot]
  return (
    one.hardState.term === other.hardState.term &&
    one.hardState.vote === other.hardState.vote &&
    mark.index === otherMark.index &&
    mark.term === otherMark.term &&
    mark.id === otherMark.id &&
    one.lastIndex === other.lastIndex
  )
}
