import type { GroupName } from '../types.ts'
import type { RecoveredGroup } from './storage.ts'

/** Shows a table of groups as what `recovered` promises; each group is put together when it is asked for. */
export class LiveGroups implements ReadonlyMap<GroupName, RecoveredGroup> {
  readonly #groups: ReadonlyMap<GroupName, { recovered(): RecoveredGroup }>

  constructor(groups: ReadonlyMap<GroupName, { recovered(): RecoveredGroup }>) {
    this.#groups = groups
  }

  get size(): number {
    return this.#groups.size
  }

  get(name: GroupName): RecoveredGroup | undefined {
    return this.#groups.get(name)?.recovered()
  }

  has(name: GroupName): boolean {
    return this.#groups.has(name)
  }

  keys(): MapIterator<GroupName> {
    return this.#groups.keys()
  }

  values(): MapIterator<RecoveredGroup> {
    return this.#groups.values().map((group) => group.recovered())
  }

  entries(): MapIterator<[GroupName, RecoveredGroup]> {
    return this.#groups.entries().map(([name, group]) => [name, group.recovered()])
  }

  [Symbol.iterator](): MapIterator<[GroupName, RecoveredGroup]> {
    return this.entries()
  }

  forEach(take: (group: RecoveredGroup, name: GroupName, all: ReadonlyMap<GroupName, RecoveredGroup>) => void): void {
    for (const [name, group] of this) take(group, name, this)
  }
}
