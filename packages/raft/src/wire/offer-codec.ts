import type { SnapshotOffer } from '../messages.ts'
import type { GroupName, Index, SnapshotMark, Term } from '../types.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { readNames, writeNames } from './call-codec.ts'
import { wireLimits } from './limits.ts'

/** Stands before every header of a stream, so that another format can be told apart. */
const offerFormat = 1

/**
 * The header of a stream that brings a snapshot. The receiver answers with `position`, from where it wants the content;
 * the sender sends it and ends; the receiver answers with a verdict and ends.
 */
export function writeOffer(group: GroupName, offer: SnapshotOffer): Uint8Array {
  const writer = new ByteWriter()
  const { snapshot } = offer
  writer.byte(offerFormat)
  writer.name(group)
  writer.number(offer.term)
  writer.number(snapshot.index)
  writer.number(snapshot.term)
  writer.text(snapshot.id)
  writer.number(snapshot.bytes)
  writeNames(writer, snapshot.configuration.voters)
  writeNames(writer, snapshot.configuration.outgoing)
  writeNames(writer, snapshot.configuration.learners)
  return writer.written().slice()
}

export function readOffer(header: Uint8Array): { readonly group: GroupName; readonly offer: SnapshotOffer } {
  const reader = new ByteReader(header, 'the offer of a snapshot')
  const format = reader.byte()
  if (format !== offerFormat) throw reader.malformed(`its format is ${format}`)
  const group = reader.name() as GroupName
  const term = reader.number() as Term
  const index = reader.number() as Index
  const snapshotTerm = reader.number() as Term
  const id = reader.text()
  if (id.length > wireLimits.snapshotIdBytesMax) throw reader.malformed('the id of the snapshot is too long')
  const bytes = reader.number()
  const voters = readNames(reader)
  const outgoing = readNames(reader)
  const configuration = { voters, outgoing, learners: readNames(reader) }
  reader.end()
  const snapshot: SnapshotMark = { index, term: snapshotTerm, configuration, id, bytes }
  return { group, offer: { term, snapshot } }
}

/** The receiver's first word: from where it wants the content. */
export function writePosition(position: number): Uint8Array {
  const writer = new ByteWriter()
  writer.number(position)
  return writer.written().slice()
}

export const positionBytes = 7

export function readPosition(bytes: Uint8Array, bytesMax: number): number {
  const reader = new ByteReader(bytes, 'the position in a snapshot')
  const position = reader.number()
  reader.end()
  if (position > bytesMax) throw reader.malformed(`${position} is beyond its end at ${bytesMax}`)
  return position
}

/** The receiver's last word: whether it has the snapshot now. */
export const verdicts = { taken: 1, refused: 2 } as const

export function readVerdict(bytes: Uint8Array): 'taken' | 'refused' {
  const reader = new ByteReader(bytes, 'the verdict on a snapshot')
  const verdict = reader.byte()
  reader.end()
  if (verdict === verdicts.taken) return 'taken'
  if (verdict === verdicts.refused) return 'refused'
  throw reader.malformed(`${verdict} is no verdict`)
}
