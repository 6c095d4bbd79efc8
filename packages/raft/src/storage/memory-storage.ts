import { assert, FlotillaError } from '@flotilla/core/errors'
import type { Entropy, Prng } from '@flotilla/core/random'
import type { GroupName, SnapshotMark } from '../types.ts'
import { GroupLog } from './group-log.ts'
import { LiveGroups } from './live-groups.ts'
import { MemorySnapshots, type StoredSnapshot } from './snapshots/memory-snapshots.ts'
import { storageClosed } from './storage-error.ts'
import type { GroupWrite, RaftStorage, RecoveredGroup, SnapshotStore, StorageFigures } from './storage.ts'

export interface MemoryStorageOptions {
  /** For the ids of snapshots. */
  readonly entropy: Entropy
  /**
   * Called as each sync begins: `finish` ends it, with an error if it fails; never calling it is a disk that stalls.
   * Left out: it is over at once.
   */
  readonly begin?: (finish: (error?: Error) => void) => void
}

/**
 * A storage in memory that outlives the nodes that use it, for tests and for groups that need not survive the machine.
 * Each `open` begins the life of one node on it; a life ends when the storage is disposed of, or with `crash`.
 */
export interface MemoryStorage {
  /** Throws `in-use` while an earlier life has not ended. */
  open(): RaftStorage
  /** The power is cut: of the writes that had not resolved, a drawn prefix is there, and none of them resolves. */
  crash(prng: Prng): void
}

export function memoryStorage(options: MemoryStorageOptions): MemoryStorage {
  return new MemoryStorageState(options)
}

class MemoryStorageState implements MemoryStorage {
  readonly #options: MemoryStorageOptions
  readonly #groups = new Map<GroupName, GroupLog>()
  readonly #snapshots = new Map<string, StoredSnapshot>()
  #life: MemoryStorageLife | undefined

  constructor(options: MemoryStorageOptions) {
    this.#options = options
  }

  open(): RaftStorage {
    if (this.#life !== undefined) {
      throw new FlotillaError('in-use', 'the storage is open already', { hint: 'close it first, or let it crash' })
    }
    const life = new MemoryStorageLife(this.#options, this.#groups, this.#snapshots, () => {
      if (this.#life === life) this.#life = undefined
    })
    this.#life = life
    return life
  }

  crash(prng: Prng): void {
    this.#life?.die(prng)
    this.#life = undefined
  }
}

interface Waiting {
  readonly writes: readonly GroupWrite[]
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

class MemoryStorageLife implements RaftStorage {
  readonly recovered: ReadonlyMap<GroupName, RecoveredGroup>
  readonly #options: MemoryStorageOptions
  readonly #groups: Map<GroupName, GroupLog>
  readonly #snapshots: MemorySnapshots
  readonly #ended: () => void
  /** Bounded by what raft lets wait: see `undecidedBytesMax`. */
  readonly #waiting: Waiting[] = []
  /** How many of those the sync at work covers. */
  #syncing = 0
  #syncs = 0
  #failure: Error | undefined
  #state: 'open' | 'closed' | 'dead' = 'open'
  #idle: (() => void) | undefined

  constructor(
    options: MemoryStorageOptions,
    groups: Map<GroupName, GroupLog>,
    snapshots: Map<string, StoredSnapshot>,
    ended: () => void,
  ) {
    this.#options = options
    this.#groups = groups
    this.#snapshots = new MemorySnapshots(snapshots, options.entropy)
    this.#ended = ended
    this.recovered = new LiveGroups(groups)
    const marks = new Map([...groups].map(([name, group]) => [name, group.snapshot]))
    this.#snapshots.clean(marks)
  }

  get snapshots(): SnapshotStore {
    return this.#snapshots
  }

  write(writes: readonly GroupWrite[]): Promise<void> {
    if (this.#state !== 'open') return Promise.reject(storageClosed())
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ writes, resolve, reject })
      if (this.#waiting.length === 1) queueMicrotask(() => this.#sync())
    })
  }

  crowded(): readonly GroupName[] {
    return []
  }

  figures(): StorageFigures {
    let logBytes = 0
    for (const group of this.#groups.values()) for (const { data } of group.entries) logBytes += data.length
    return { logBytes, snapshotBytes: this.#snapshots.bytes(), syncs: this.#syncs }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => (this.#idle = resolve))
    this.#snapshots.close()
    this.#ended()
  }

  die(prng: Prng): void {
    this.#state = 'dead'
    const kept = prng.between(0, this.#waiting.length)
    // Not even half of what one call has given need be there: each group's write on its own is whole.
    for (const { writes } of this.#waiting.slice(0, kept)) for (const write of writes) this.#apply(write)
    const torn = this.#waiting[kept]?.writes ?? []
    for (const write of torn.slice(0, prng.between(0, torn.length))) this.#apply(write)
    this.#waiting.length = 0
    this.#snapshots.die(prng)
  }

  #sync(): void {
    if (this.#state === 'dead' || this.#waiting.length === 0) return
    this.#syncing = this.#waiting.length
    const { begin } = this.#options
    if (begin === undefined) this.#finish(undefined)
    else begin((error) => this.#finish(error))
  }

  #finish(error: Error | undefined): void {
    if (this.#state === 'dead') return
    this.#syncs++
    if (error === undefined) {
      for (const { writes, resolve } of this.#waiting.splice(0, this.#syncing)) {
        for (const write of writes) this.#apply(write)
        resolve()
      }
      if (this.#waiting.length > 0) queueMicrotask(() => this.#sync())
    } else {
      this.#failure = error
      for (const { reject } of this.#waiting.splice(0)) reject(error)
    }
    if (this.#waiting.length === 0) this.#idle?.()
  }

  #apply(write: GroupWrite): void {
    const { group: name } = write
    if (write.removed) {
      this.#groups.delete(name)
      this.#snapshots.forget(name)
      return
    }
    const group = this.#groups.get(name) ?? begun(write.snapshot)
    group.apply(write)
    this.#groups.set(name, group)
    if (write.snapshot !== undefined) this.#snapshots.marked(name, write.snapshot)
  }
}

function begun(snapshot: SnapshotMark | undefined): GroupLog {
  assert(snapshot !== undefined, 'the first write of a group has a snapshot')
  return new GroupLog(snapshot)
}
