import type { Message } from '../messages.ts'
import type { GroupName } from '../types.ts'
import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import { readMessage, writeMessage } from './message-codec.ts'
import { noticeKinds } from './notice-kind.ts'

/** A message of one group, on its way to a member. */
export interface Parcelled {
  readonly group: GroupName
  readonly message: Message
}

/**
 * Everything that the groups here have to say to one node in one turn, as few notices as the longest one allows. Each
 * is the kind byte, then a name and a message again and again until the end.
 */
export function writeParcels(
  writer: ByteWriter,
  parcelled: readonly Parcelled[],
  bytesMax: number,
  send: (notice: Uint8Array) => void,
): void {
  writer.reset()
  writer.byte(noticeKinds.parcel)
  const headBytes = writer.length
  for (const { group, message } of parcelled) {
    const start = writer.length
    writer.name(group)
    writeMessage(writer, message)
    if (writer.length <= bytesMax || start === headBytes) continue
    send(writer.written().subarray(0, start))
    writer.cut(headBytes, start)
  }
  if (writer.length > headBytes) send(writer.written())
}

/** All of it or, with a `ProtocolError`, nothing. `notice` begins with its kind. */
export function readParcel(notice: Uint8Array): readonly Parcelled[] {
  const reader = new ByteReader(notice, 'a parcel')
  reader.byte()
  const parcelled: Parcelled[] = []
  while (!reader.ended) parcelled.push({ group: reader.name() as GroupName, message: readMessage(reader) })
  return parcelled
}
