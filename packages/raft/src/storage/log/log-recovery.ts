import type { Disk } from '@flotilla/core/disk'
import type { GroupName } from '../../types.ts'
import { corrupt } from '../storage-error.ts'
import type { StorageLimits } from '../storage-limits.ts'
import { firstOffset, type Place, type SegmentNumber } from './record-format.ts'
import { Replay } from './replay.ts'
import { logFolder, segmentOf, sparePath } from './segment-files.ts'
import { checkSegmentHeader } from './segment-header.ts'
import { SegmentReader } from './segment-reader.ts'
import type { StoredGroup } from './stored-group.ts'

export interface RecoveredLog {
  readonly groups: Map<GroupName, StoredGroup>
  /** Behind the last record. */
  readonly end: Place
  readonly segments: readonly { readonly segment: SegmentNumber; readonly bytes: number }[]
  /** Of those, the ones in which nothing counts: made ready and not used, or only by a write that was interrupted. */
  readonly unused: readonly SegmentNumber[]
  readonly newestSegment: SegmentNumber
  readonly hasSpare: boolean
  readonly records: number
  /** Of a batch that a crash has interrupted: it begins at `end`. */
  readonly isTorn: boolean
}

/** A segment with a whole first record. */
interface Start {
  readonly reader: SegmentReader
  /** Where the segment before it ends. */
  readonly synced: Place
}

/**
 * Reads the whole log and changes nothing, but that it writes once more what the last sync may not have covered: what
 * reads show may be in a cache only, or given up by a sync that failed before this process began.
 */
export async function recoverLog(disk: Disk, logId: Uint8Array, limits: StorageLimits): Promise<RecoveredLog> {
  const paths = await disk.list(logFolder)
  const readers: SegmentReader[] = []
  try {
    for (const path of paths) {
      const segment = segmentOf(path)
      if (segment === undefined) continue
      const file = await disk.open(path)
      try {
        const header = await file.read(0, firstOffset)
        const seed = checkSegmentHeader(header, path, { logId, segment, fileBytes: file.size })
        readers.push(new SegmentReader(path, segment, file, seed, limits.readBytes))
      } catch (error) {
        await file[Symbol.asyncDispose]()
        throw error
      }
    }
    return { ...(await readAll(readers, limits)), hasSpare: paths.includes(sparePath) }
  } finally {
    for (const { file } of readers) await file[Symbol.asyncDispose]()
  }
}

async function readAll(
  readers: readonly SegmentReader[],
  limits: StorageLimits,
): Promise<Omit<RecoveredLog, 'hasSpare'>> {
  const starts = await chainOf(readers)
  const replay = new Replay()
  let records = 0
  for (const [at, start] of starts.entries()) {
    const next = starts[at + 1]
    if (next !== undefined) records += await readThrough(start.reader, next.synced.offset, replay)
  }
  const { reader } = starts.at(-1) as Start
  const last = await readToEnd(reader, replay)
  const end: Place = { segment: reader.segment, offset: last.end }
  const later = readers.filter(({ segment }) => segment > reader.segment)
  await checkLost([reader, ...later], end)
  const isTorn = last.extentBytes > 0 && (await checkTorn(reader, last.end, last.extentBytes))
  const groups = replay.finish(reader.path, last.end)
  await secure(reader, last.synced.segment === reader.segment ? last.synced.offset : firstOffset, last.end, limits)
  const used = new Set(starts.map((start) => start.reader.segment))
  return {
    groups,
    unused: readers.map(({ segment }) => segment).filter((segment) => !used.has(segment)),
    end,
    segments: readers.map(({ segment, file }) => ({ segment, bytes: file.size })),
    newestSegment: readers.at(-1)?.segment ?? reader.segment,
    records: records + last.records,
    isTorn,
  }
}

/** The segments that count, oldest first; throws if one of them is missing or has lost its beginning. */
async function chainOf(readers: readonly SegmentReader[]): Promise<readonly Start[]> {
  const starts: Start[] = []
  for (const reader of readers) {
    const found = await reader.at(firstOffset)
    if (found.type === 'record' && found.head.kind === 'state') starts.push({ reader, synced: found.head.synced })
  }
  const last = starts.at(-1)
  if (last === undefined) {
    throw corrupt(readers.at(-1)?.path ?? logFolder, firstOffset, 'there was a log, and nothing of it is left')
  }
  for (const [at, { reader, synced }] of starts.entries()) {
    const before = starts[at - 1]?.reader.segment
    if (before === undefined || before === synced.segment) continue
    throw corrupt(reader.path, firstOffset, `segment ${synced.segment}, which comes before it, is missing or damaged`)
  }
  // What comes later was never in use, or a crash has interrupted its first write.
  const later = readers.filter(({ segment }) => segment > last.reader.segment)
  for (const [at, reader] of later.entries()) {
    const before = last.reader.segment + at
    if (reader.segment !== before + 1) throw corrupt(reader.path, 0, `segment ${before + 1}, before it, is missing`)
    const found = await reader.at(firstOffset)
    const extentBytes = found.type === 'none' ? found.extentBytes : 0
    await checkLost([reader], { segment: reader.segment, offset: firstOffset })
    await checkTorn(reader, firstOffset, extentBytes)
  }
  return starts
}

/** Replays the records up to where the next segment says that this one ends: all of them were durable. */
async function readThrough(reader: SegmentReader, end: number, replay: Replay): Promise<number> {
  let records = 0
  for (let offset: number = firstOffset; offset !== end; records++) {
    const found = await reader.at(offset)
    if (found.type === 'none' || found.next > end) {
      throw corrupt(reader.path, offset, 'no record stands there, and a later segment says that one was durable')
    }
    replay.take(found.head.kind, found.payload, reader, offset)
    offset = found.next
  }
  return records
}

interface LastRead {
  readonly end: number
  readonly records: number
  /** Everything before this place is known to be durable. */
  readonly synced: Place
  /** How far that which stands at the end reaches; 0 where the file ends. */
  readonly extentBytes: number
}

async function readToEnd(reader: SegmentReader, replay: Replay): Promise<LastRead> {
  let offset: number = firstOffset
  let records = 0
  let synced: Place = { segment: reader.segment, offset }
  while (offset < reader.file.size) {
    const found = await reader.at(offset)
    if (found.type === 'none') return { end: offset, records, synced, extentBytes: found.extentBytes }
    replay.take(found.head.kind, found.payload, reader, offset)
    synced = found.head.synced
    offset = found.next
    records++
  }
  return { end: offset, records, synced, extentBytes: 0 }
}

/** Throws if any record says that something beyond this place was durable. */
async function checkLost(readers: readonly SegmentReader[], end: Place): Promise<void> {
  for (const reader of readers) {
    const from = reader.segment === end.segment ? end.offset : firstOffset
    const witness = await reader.vouches(end, from)
    if (witness === undefined) continue
    const where = readers[0] ?? reader
    throw corrupt(
      where.path,
      end.offset,
      `no record stands there, and ${reader.path}, byte ${witness}, says that one did`,
    )
  }
}

/** Returns whether a write was interrupted here; throws if neither that nor that nothing was written explains it. */
async function checkTorn(reader: SegmentReader, offset: number, extentBytes: number): Promise<boolean> {
  if (!(await reader.isTorn(offset, extentBytes))) {
    throw corrupt(reader.path, offset, 'no record stands there, and nothing is missing as after an interrupted write')
  }
  return (await reader.bytes(offset, extentBytes)).some((byte) => byte !== 0)
}

/**
 * Writes the last batch once more. They are the same bytes, in the same place, so that a crash in the middle of it
 * leaves what was there before.
 */
async function secure(reader: SegmentReader, from: number, end: number, limits: StorageLimits): Promise<void> {
  for (let offset = from; offset < end;) {
    const start = offset
    const pieces: Uint8Array[] = []
    while (offset < end && offset - start < limits.readBytes) {
      const found = await reader.at(offset) // Checked again: what is read wrong must not be written.
      if (found.type === 'none') throw corrupt(reader.path, offset, 'it reads differently from a moment ago')
      pieces.push(await reader.bytes(offset, found.next - offset))
      offset = found.next
    }
    await reader.file.write(start, pieces)
  }
  await reader.file.sync()
}
