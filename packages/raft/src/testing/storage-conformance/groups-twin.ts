import assert from 'node:assert/strict'
import type { GroupWrite, RaftStorage } from '../../storage/storage.ts'
import type { Entry, GroupName, HardState, SnapshotMark } from '../../types.ts'
import { hard, shown } from './storage-under-test.ts'

interface TwinGroup {
  readonly hardState: HardState
  readonly snapshot: SnapshotMark
  readonly log: ReadonlyMap<number, Entry>
}

type Groups = ReadonlyMap<GroupName, TwinGroup>

/** What a storage should hold, as plainly as it can be said: the groups after each write that it was given. */
export class GroupsTwin {
  /** After each write of one group; the first is what this life began with. */
  #after: Groups[] = [new Map()]
  /** How many of the writes must be there. */
  #acknowledged = 0

  get groups(): Groups {
    return this.#after.at(-1) as Groups
  }

  /** Returns what to call when it has resolved. */
  give(writes: readonly GroupWrite[]): () => void {
    for (const write of writes) this.#after.push(applied(this.groups, write))
    const count = this.#after.length - 1
    return () => (this.#acknowledged = Math.max(this.#acknowledged, count))
  }

  lastIndex(group: GroupName): number {
    const { snapshot, log } = this.groups.get(group) as TwinGroup
    return (snapshot.index as number) + log.size
  }

  /** A new life: what the storage holds is what some of the writes have left, with all that had to be there. */
  adopt(storage: RaftStorage): number {
    const found = shownStorage(storage)
    for (let count = this.#after.length - 1; count >= this.#acknowledged; count--) {
      const groups = this.#after[count] as Groups
      if (shownGroups(groups) !== found) continue
      const lost = this.#after.length - 1 - count
      this.#after = [groups]
      this.#acknowledged = 0
      return lost
    }
    const wanted = shownGroups(this.#after[this.#acknowledged] as Groups)
    return assert.fail(`acknowledged ${wanted}\nand found ${found}`)
  }
}

function applied(groups: Groups, write: GroupWrite): Groups {
  const next = new Map(groups)
  if (write.removed) {
    next.delete(write.group)
    return next
  }
  const { hardState, snapshot, log } = next.get(write.group) ?? {
    hardState: hard(0),
    snapshot: write.snapshot as SnapshotMark,
    log: new Map<number, Entry>(),
  }
  const kept = new Map(log)
  if (write.snapshot !== undefined) {
    const { index, term } = write.snapshot
    const goesOn = index === snapshot.index ? term === snapshot.term : log.get(index)?.term === term
    for (const place of log.keys()) if (!goesOn || place <= index) kept.delete(place)
  }
  for (const entry of write.entries ?? []) {
    if (entry === write.entries?.[0]) for (const place of log.keys()) if (place >= entry.index) kept.delete(place)
    kept.set(entry.index, entry)
  }
  next.set(write.group, {
    hardState: write.hardState ?? hardState,
    snapshot: write.snapshot ?? snapshot,
    log: kept,
  })
  return next
}

function shownGroups(groups: Groups): string {
  const lines = [...groups].map(([name, { hardState, snapshot, log }]) => {
    const entries = [...log.values()].toSorted((one, other) => one.index - other.index)
    return [name, shown({ hardState, snapshot, entries })] as const
  })
  return JSON.stringify(lines.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}

function shownStorage({ recovered }: RaftStorage): string {
  const lines = [...recovered].map(([name, group]) => [name, shown(group)] as const)
  return JSON.stringify(lines.toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
