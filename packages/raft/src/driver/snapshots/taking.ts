import { ProtocolError } from '@flotilla/core/errors'
import type { ByteStream } from '@flotilla/core/network'
import { withTimeout } from '@flotilla/core/time'
import type { GroupName, SnapshotMark } from '../../types.ts'
import { writePosition } from '../../wire/offer-codec.ts'
import type { NodeContext } from '../node-context.ts'
import { ByteIntake } from './byte-intake.ts'

/** Takes the content of a snapshot from a stream. What came before it broke off stays, and the next time goes on. */
export async function takeContent(
  node: NodeContext,
  group: GroupName,
  snapshot: SnapshotMark,
  stream: ByteStream,
  signal: AbortSignal,
): Promise<void> {
  const { clock, limits, storage } = node
  const timeoutMs = limits.snapshotStallMs
  await using writer = await storage.snapshots.receive(group, snapshot)
  let { position } = writer
  const told = writePosition(position)
  const what = `answering ${stream.peer}`
  await withTimeout({ clock, timeoutMs, what, signal }, (inner) => stream.write(told, { signal: inner }))
  const intake = new ByteIntake({ stream, clock, stallMs: timeoutMs, signal })
  for (let piece = await intake.next(); piece !== undefined; piece = await intake.next()) {
    position += piece.length
    if (position > snapshot.bytes) throw new ProtocolError('malformed', 'a snapshot is longer than it was said to be')
    await writer.write(piece)
  }
  if (position < snapshot.bytes) throw new ProtocolError('malformed', 'a snapshot is shorter than it was said to be')
  await writer.finish()
}
