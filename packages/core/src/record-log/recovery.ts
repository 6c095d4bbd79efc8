import type { DiskFile, DiskPath } from '../disk/index.ts'
import { FlotillaError } from '../errors/index.ts'
import type { RecordLogLimits } from './limits.ts'
import { decodeFileHeader, firstPosition, sectorBytes, type LogPosition, type LogSeed } from './record-format.ts'
import { RecordReader } from './record-reader.ts'

export interface Recovery {
  readonly seed: LogSeed
  readonly end: LogPosition
  readonly records: number
  readonly droppedBytes: number
  /** Whether the last thing in the log says that all before it is durable. */
  readonly endsInMark: boolean
}

/**
 * Reads the whole log, drops a torn tail, and makes what is left durable before anyone hears of it. A crash at any
 * moment of this leaves a file of which the same is true: what is rewritten are the same bytes, and a torn tail that is
 * cut only in part is still torn.
 */
export async function recover(file: DiskFile, path: DiskPath, limits: RecordLogLimits): Promise<Recovery> {
  const seed = decodeFileHeader(await file.read(0, sectorBytes))
  if (seed === undefined) throw corrupt(path, 0, 'the header of the file is not one of a record log')
  const reader = new RecordReader(file, seed, limits)
  let position = firstPosition
  let syncedThrough = firstPosition
  let records = 0
  let endsInMark = true
  while (position < file.size) {
    const found = reader.heldAt(position) ?? (await reader.at(position))
    if (found.type === 'bad') {
      await checkTorn(file, reader, path, position, found.extentBytes)
      break
    }
    syncedThrough = found.header.syncedThrough
    endsInMark = found.header.kind === 'mark'
    if (!endsInMark) records++
    position = found.next
  }
  const droppedBytes = file.size - position
  await secure(file, reader, path, limits, syncedThrough, position)
  return { seed, end: position, records, droppedBytes, endsInMark }
}

export function corrupt(path: DiskPath, position: number, why: string): FlotillaError<'corrupt'> {
  return new FlotillaError('corrupt', `the record log ${path} is corrupt at byte ${position}: ${why}`, {
    hint: 'keep the file for examination and restore from a replica or a backup; nothing was changed',
  })
}

/**
 * Returns if an interrupted write explains what stands here; throws `corrupt` if something that was durable is damaged.
 */
async function checkTorn(
  file: DiskFile,
  reader: RecordReader,
  path: DiskPath,
  position: LogPosition,
  extentBytes: number,
): Promise<void> {
  if (await reader.laterRecordVouchesFor(position)) {
    throw corrupt(path, position, 'no record stands there, and a later one says that it was durable')
  }
  const end = position + extentBytes
  if (end > file.size) return
  for (let from: number = position; from < end;) {
    const nextSector = (Math.floor(from / sectorBytes) + 1) * sectorBytes
    const part = await reader.bytes(from, Math.min(end, nextSector) - from)
    if (part.every((byte) => byte === 0)) return
    from = nextSector
  }
  throw corrupt(path, position, 'no record stands there, and no part of it is missing as after an interrupted write')
}

/**
 * Makes everything before `end` durable, and the file end there. What came after the last known sync is written anew,
 * not only synced, and the file is cut even where it seems to end already: that is what reads show, but if a sync of it
 * failed before we were started, the system no longer knows that it has still to be done. The last record is always
 * among what is written, and with it the rest of its sector, where the remains of a failed write may still lie on the
 * disk.
 */
async function secure(
  file: DiskFile,
  reader: RecordReader,
  path: DiskPath,
  limits: RecordLogLimits,
  syncedThrough: LogPosition,
  end: LogPosition,
): Promise<void> {
  await file.truncate(end)
  for (let position = syncedThrough; position < end;) {
    const from = position
    const pieces: Uint8Array[] = []
    while (position < end && position - from < limits.readBytes) {
      const found = await reader.at(position) // Checked again: what is read wrong must not be written.
      if (found.type === 'bad') throw corrupt(path, position, 'it reads differently from a moment ago')
      pieces.push(await reader.bytes(position, found.next - position))
      position = found.next
    }
    await file.write(from, pieces)
  }
  await file.sync()
}
