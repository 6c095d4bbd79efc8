import type { Disk } from '@flotilla/core/disk'
import { silentLogger, silentMetrics, type Logger, type Metrics } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { GroupName, SnapshotMark } from '../types.ts'
import { LiveGroups } from './live-groups.ts'
import { newIdentity, readIdentity, writeIdentity, type LogIdentity } from './log/log-identity.ts'
import { LogPlan } from './log/log-plan.ts'
import { recoverLog, type RecoveredLog } from './log/log-recovery.ts'
import { firstOffset, type SegmentNumber } from './log/record-format.ts'
import { logFolder, SegmentFiles, segmentOf } from './log/segment-files.ts'
import { WriteAheadLog } from './log/write-ahead-log.ts'
import { DiskSnapshots, snapshotFolder } from './snapshots/disk-snapshots.ts'
import { corrupt } from './storage-error.ts'
import { validateStorageLimits, type StorageLimits } from './storage-limits.ts'
import type { GroupWrite, RaftStorage, RecoveredGroup, SnapshotStore, StorageFigures } from './storage.ts'

export interface DiskStorageOptions {
  /** Everything is kept below `raft/` on it. It is not closed with the storage. */
  readonly disk: Disk
  /** For the id of a new log, and those of snapshots. */
  readonly entropy: Entropy
  readonly limits?: Partial<StorageLimits>
  readonly logger?: Logger
  readonly metrics?: Metrics
}

/**
 * Opens the storage, or begins one where there is nothing yet. Rejects with `corrupt` or `unknown-format`, and changes
 * nothing then; with `disk-full` or `io-failed` it may be tried again.
 */
export async function openDiskStorage(options: DiskStorageOptions): Promise<RaftStorage> {
  const { disk, entropy, logger = silentLogger, metrics = silentMetrics } = options
  const limits = validateStorageLimits(options.limits)
  const identity = await identityOf(disk, entropy)
  const { logId } = identity
  const log = identity.used ? await recoverLog(disk, logId, limits) : await emptied(disk)
  if (log.isTorn) logger.info({ ...log.end }, 'a write to the raft log that a crash has interrupted is left out')
  const marks = new Map<GroupName, SnapshotMark>()
  for (const [name, { snapshot }] of log.groups) marks.set(name, snapshot)
  const snapshots = await DiskSnapshots.open({ disk, entropy, limits, logger }, marks)
  const plan = new LogPlan({ ...log, logId, limits })
  const files = new SegmentFiles({ disk, logId, limits, logger, found: log.segments, hasSpare: log.hasSpare })
  const writer = new WriteAheadLog({
    plan,
    files,
    limits,
    syncs: metrics.counter({ name: 'flotilla_raft_log_syncs', help: 'Syncs of the raft log.', labelNames: [] }),
    bytesWritten: metrics.counter({
      name: 'flotilla_raft_log_written_bytes',
      help: 'Bytes of records written to the raft log.',
      labelNames: [],
    }),
    marked: (group, mark) => snapshots.marked(group, mark),
  })
  try {
    await writer.begin()
    if (!identity.used) await writeIdentity(disk, { logId, used: true })
  } catch (error) {
    await files.close()
    throw error
  }
  files.discard(log.unused)
  return new DiskStorage(plan, files, writer, snapshots)
}

class DiskStorage implements RaftStorage {
  readonly recovered: ReadonlyMap<GroupName, RecoveredGroup>
  readonly snapshots: SnapshotStore
  readonly #files: SegmentFiles
  readonly #writer: WriteAheadLog
  readonly #store: DiskSnapshots
  #closing: Promise<void> | undefined

  constructor(plan: LogPlan, files: SegmentFiles, writer: WriteAheadLog, snapshots: DiskSnapshots) {
    this.recovered = new LiveGroups(plan.groups)
    this.snapshots = snapshots
    this.#files = files
    this.#writer = writer
    this.#store = snapshots
  }

  write(writes: readonly GroupWrite[]): Promise<void> {
    return this.#writer.write(writes)
  }

  crowded(): readonly GroupName[] {
    return this.#writer.crowded()
  }

  figures(): StorageFigures {
    return { logBytes: this.#files.bytes, snapshotBytes: this.#store.bytes(), syncs: this.#writer.syncs }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    try {
      await this.#writer.close()
    } finally {
      await this.#store.close()
    }
  }
}

/** A folder in which there are segments is not begun anew because what says whose they are is gone. */
async function identityOf(disk: Disk, entropy: Entropy): Promise<LogIdentity> {
  const known = await readIdentity(disk)
  if (known !== undefined) return known
  const segments = (await disk.list(logFolder)).filter((path) => segmentOf(path) !== undefined)
  const [first] = segments
  if (first !== undefined)
    throw corrupt(first, 0, 'the file raft/format, which says to which log it belongs, is missing')
  const identity = newIdentity(entropy)
  await writeIdentity(disk, identity)
  return identity
}

/** Nothing in it was ever durable: a crash came while it was made. */
async function emptied(disk: Disk): Promise<RecoveredLog> {
  for (const path of await disk.list(logFolder)) await disk.remove(path)
  for (const path of await disk.list(snapshotFolder)) await disk.remove(path)
  const none = 0 as SegmentNumber
  return {
    groups: new Map(),
    end: { segment: none, offset: firstOffset },
    segments: [],
    unused: [],
    newestSegment: none,
    hasSpare: false,
    records: 0,
    isTorn: false,
  }
}
