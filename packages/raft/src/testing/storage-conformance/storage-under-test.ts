import type { NodeId } from '@flotilla/core/ids'
import assert from 'node:assert/strict'
import type { GroupWrite, RaftStorage, RecoveredGroup } from '../../storage/storage.ts'
import type { Configuration, Entry, EntryKind, GroupName, HardState, Index, SnapshotMark, Term } from '../../types.ts'

/** Something that outlives the storages that are opened on it, one after the other. */
export interface StorageUnderTest {
  /** The next life. The one before was disposed of, or crashed. */
  open(): Promise<RaftStorage>
  /**
   * Ends the life as a power cut does; what was not durable is left as the seed draws it. Left out: no crash can be
   * made, and the cases that need one are not run.
   */
  crash?(seed: number): void | Promise<void>
}

export type MakeStorage = () => StorageUnderTest | Promise<StorageUnderTest>

export const groupA = 'a' as GroupName
export const groupB = 'part/b' as GroupName

export const someConfiguration: Configuration = {
  voters: ['n1', 'n2', 'n3'] as NodeId[],
  outgoing: ['n1', 'n4'] as NodeId[],
  learners: ['n5'] as NodeId[],
}

export function markOf(index: number, term: number, rest: Partial<SnapshotMark> = {}): SnapshotMark {
  return { index: index as Index, term: term as Term, configuration: someConfiguration, id: '', bytes: 0, ...rest }
}

export const beginning: SnapshotMark = markOf(0, 0, { configuration: { voters: [], outgoing: [], learners: [] } })

export function hard(term: number, vote?: string): HardState {
  return { term: term as Term, vote: vote as NodeId | undefined }
}

export function entryOf(index: number, term: number, data: string | Uint8Array = '', kind?: EntryKind): Entry {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
  return { index: index as Index, term: term as Term, kind: kind ?? 'command', data: bytes }
}

/** Entries of one term, from `first` to `last`. */
export function run(first: number, last: number, term: number): Entry[] {
  return Array.from({ length: last - first + 1 }, (_, at) => entryOf(first + at, term, `${term}.${first + at}`))
}

/** Each byte its own character. */
const latin = new TextDecoder('latin1')

/** What a group is, so that two of them are equal exactly if they are the same. */
export function shown(group: RecoveredGroup | undefined): unknown {
  if (group === undefined) return 'no such group'
  const { hardState, snapshot, entries } = group
  return {
    term: hardState.term,
    vote: hardState.vote,
    snapshot,
    entries: entries.map(({ index, term, kind, data }) => `${index} ${term} ${kind} ${latin.decode(data)}`),
  }
}

export function expectGroup(storage: RaftStorage, group: GroupName, expected: RecoveredGroup): void {
  assert.deepEqual(shown(storage.recovered.get(group)), shown(expected))
}

export function begins(group: GroupName, rest: Partial<GroupWrite> = {}): GroupWrite {
  return { group, snapshot: beginning, ...rest }
}

export async function refuses(code: string, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error: { readonly code?: string }) => {
    assert.equal(error.code, code)
    return true
  })
}
