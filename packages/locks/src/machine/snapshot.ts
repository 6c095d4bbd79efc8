import { frameHeadBytes, FrameSplitter, writeFrameHead } from '@flotilla/core/codec'
import type { LogMillis } from '@flotilla/raft'
import type { LockLimits } from './limits.ts'
import type { LockTable } from './lock-table.ts'
import { Restoring } from './restoring.ts'
import { snapshotRecordCodec, type SnapshotRecord } from './snapshot-records.ts'
import type { Hold, Owner, Resource, Session, Waiter } from './state.ts'

const pieceBytes = 65_536

/**
 * The state as of now. It is copied at once, record by record, and written as bytes piece by piece when they are
 * pulled, which takes about ten times as long.
 */
export function writeSnapshot(table: LockTable): Iterable<Uint8Array> {
  return piecesOf(recordsOf(table))
}

function recordsOf(table: LockTable): readonly SnapshotRecord[] {
  const { now, lastToken, counts } = table
  const records: SnapshotRecord[] = [{ type: 'head', format: 'locks-1', now, lastToken, counts: { ...counts } }]
  for (const session of table.sessions.values()) {
    records.push(sessionRecord(session))
    for (const owner of session.owners.values()) records.push(ownerRecord(owner))
  }
  for (const resource of table.resources.values()) {
    records.push(resourceRecord(resource))
    for (const hold of resource.holders) records.push(holdRecord(hold))
    for (const waiter of resource.upgrades) records.push(waiterRecord(waiter, 'upgrade'))
    for (const waiter of resource.waiters) records.push(waiterRecord(waiter, 'queue'))
  }
  for (const deadlock of table.deadlocks) records.push({ ...deadlock, type: 'deadlock' })
  records.push({ type: 'end', records: records.length })
  return records
}

function sessionRecord({ id, key, name, ttlMs, lockDelayMs, expiry, memory }: Session): SnapshotRecord {
  return {
    type: 'session',
    id,
    key,
    name,
    ttlMs,
    lockDelayMs,
    expiresAt: logTime(expiry?.at ?? 0),
    highestRequest: memory.highest,
    requestGaps: memory.gaps,
  }
}

function ownerRecord({ name, age, doom }: Owner): SnapshotRecord {
  return doom === undefined ? { type: 'owner', name, age } : { type: 'owner', name, age, doom }
}

function resourceRecord({ name, capacity, token, delay }: Resource): SnapshotRecord {
  if (delay === undefined) return { type: 'resource', name, capacity, token }
  return { type: 'resource', name, capacity, token, delayedUntil: logTime(delay.at) }
}

function holdRecord({ owner, mode, token, value, since, grants }: Hold): SnapshotRecord {
  return {
    type: 'hold',
    session: owner.session.id,
    owner: owner.name,
    mode,
    token,
    value,
    since,
    // Grants never change; the list does.
    grants: grants.slice(),
  }
}

function waiterRecord(waiter: Waiter, place: 'upgrade' | 'queue'): SnapshotRecord {
  const { owner, request, mode, permits, since, value } = waiter
  return {
    type: 'waiter',
    place,
    session: owner.session.id,
    owner: owner.name,
    request,
    mode,
    permits,
    since,
    ...(value === undefined ? {} : { value }),
  }
}

function logTime(at: number): LogMillis {
  return at as LogMillis
}

function* piecesOf(records: readonly SnapshotRecord[]): Generator<Uint8Array, void, undefined> {
  let piece = new Uint8Array(pieceBytes)
  let filled = 0
  for (const record of records) {
    const bytes = snapshotRecordCodec.encode(record)
    const needed = frameHeadBytes + bytes.length
    if (filled > 0 && filled + needed > piece.length) {
      yield piece.subarray(0, filled)
      piece = new Uint8Array(Math.max(pieceBytes, needed))
      filled = 0
    } else if (needed > piece.length) piece = new Uint8Array(needed)
    writeFrameHead(piece, filled, bytes.length)
    piece.set(bytes, filled + frameHeadBytes)
    filled += needed
  }
  yield piece.subarray(0, filled)
}

/** The table that a snapshot tells of, or a `ProtocolError`. */
export async function tableFrom(pieces: AsyncIterable<Uint8Array>, limits: LockLimits): Promise<LockTable> {
  const splitter = new FrameSplitter({ frameBytesMax: recordBytesMax })
  const restoring = new Restoring(limits)
  for await (const piece of pieces) {
    splitter.push(piece)
    for (let frame = splitter.next(); frame !== undefined; frame = splitter.next()) {
      restoring.take(snapshotRecordCodec.decode(frame))
    }
  }
  splitter.end()
  return restoring.finish()
}

/** A deadlock with all names as long as they may be has 30 KiB, a session that misses many requests 40. */
const recordBytesMax = 2 ** 20
