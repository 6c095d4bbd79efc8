import { FlotillaError } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import { withTimeout } from '@flotilla/core/time'
import type { SnapshotOffer } from '../../messages.ts'
import type { GroupName } from '../../types.ts'
import { positionBytes, readPosition, readVerdict, writeOffer } from '../../wire/offer-codec.ts'
import type { NodeContext } from '../node-context.ts'
import { ByteIntake } from './byte-intake.ts'

/** Brings the content of a snapshot to a member. Rejects unless that member has it in the end. */
export async function bringSnapshot(
  node: NodeContext,
  group: GroupName,
  to: NodeId,
  offer: SnapshotOffer,
  signal: AbortSignal,
): Promise<void> {
  const { clock, limits, channel, storage } = node
  const { snapshot } = offer
  const stallMs = limits.snapshotStallMs
  const timed = <Value>(what: string, work: (signal: AbortSignal) => Promise<Value>): Promise<Value> =>
    withTimeout({ clock, timeoutMs: stallMs, what: `${what} a snapshot to ${to}`, signal }, work)
  const header = writeOffer(group, offer)
  await using stream = await timed('opening a stream for', (inner) => channel.openStream(to, { header, signal: inner }))
  const intake = new ByteIntake({ stream, clock, stallMs, signal })
  const position = readPosition(await intake.exactly(positionBytes), snapshot.bytes)
  for await (const piece of storage.snapshots.read(group, snapshot, position)) {
    for (let start = 0; start < piece.length; start += limits.snapshotChunkBytes) {
      const chunk = piece.subarray(start, start + limits.snapshotChunkBytes)
      await timed('sending', (inner) => stream.write(chunk, { signal: inner }))
    }
  }
  const ended = stream.end()
  // Should the verdict not come, its failure is the one that is told.
  ended.catch(() => {})
  // It is asked for when everything is written, so the far side may take this long to read the rest and to load it.
  const verdict = readVerdict(await intake.exactly(1, limits.snapshotLoadMs))
  if (verdict === 'taken') return
  throw new FlotillaError('snapshot-unloadable', `${to} could not load the snapshot ${snapshot.id} of group ${group}`, {
    hint: 'see the log of that node; the group goes on without it',
  })
}
