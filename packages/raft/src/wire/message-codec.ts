import { unreachable } from '@flotilla/core/errors'
import type { Message } from '../messages.ts'
import type { Entry, EntryKind, Index, ReadNumber, Term } from '../types.ts'
import type { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/** The first byte of a message. A number is never used again for another layout. */
const typeBytes = {
  vote: 1,
  'vote-answer': 2,
  'append-answer': 3,
  'pre-vote': 4,
  'pre-vote-answer': 5,
  append: 6,
  'append-refusal': 7,
  heartbeat: 8,
  'heartbeat-answer': 9,
  read: 10,
  'read-answer': 11,
  stand: 12,
  quiet: 13,
  removed: 14,
} as const

const kindBytes = { command: 1, configuration: 2, empty: 3 } as const
const entryKinds: readonly (EntryKind | undefined)[] = [undefined, 'command', 'configuration', 'empty']

/** Term, kind and length of an entry. */
const entryHeadBytes = 12

/** One type byte, then the fields in the order of `messages.ts`: numbers in seven bytes, truth in one. */
export function writeMessage(writer: ByteWriter, message: Message): void {
  writer.byte(typeBytes[message.type])
  writer.number(message.term)
  switch (message.type) {
    case 'append':
      writer.number(message.prevIndex)
      writer.number(message.prevTerm)
      writer.number(message.commit)
      writer.number(message.round)
      return writeEntries(writer, message.entries)
    case 'append-answer':
      writer.number(message.match)
      return writer.number(message.round)
    case 'append-refusal':
      writer.number(message.prevIndex)
      writer.number(message.hintIndex)
      writer.number(message.hintTerm)
      return writer.number(message.round)
    case 'heartbeat':
      writer.number(message.commit)
      return writer.number(message.round)
    case 'heartbeat-answer':
      writer.number(message.round)
      return writer.number(message.lastIndex)
    case 'vote':
      writer.number(message.lastIndex)
      writer.number(message.lastTerm)
      return writer.byte(message.transfer ? 1 : 0)
    case 'pre-vote':
      writer.number(message.lastIndex)
      return writer.number(message.lastTerm)
    case 'vote-answer':
    case 'pre-vote-answer':
      return writer.byte(message.granted ? 1 : 0)
    case 'read':
      return writer.number(message.read)
    case 'read-answer':
      writer.number(message.read)
      writer.byte(message.index === undefined ? 0 : 1)
      return message.index === undefined ? undefined : writer.number(message.index)
    case 'stand':
      return undefined
    case 'quiet':
      return writer.number(message.commit)
    case 'removed':
      return writer.number(message.configurationIndex)
    default:
      return unreachable(message, 'message')
  }
}

function writeEntries(writer: ByteWriter, entries: readonly Entry[]): void {
  writer.size(entries.length)
  for (const entry of entries) {
    writer.number(entry.term)
    writer.byte(kindBytes[entry.kind])
    writer.block(entry.data)
  }
}

/** The data of entries are views of what was received. Throws a `ProtocolError`. */
export function readMessage(reader: ByteReader): Message {
  const type = reader.byte()
  const term = reader.number() as Term
  switch (type) {
    case typeBytes.append:
      return readAppend(reader, term)
    case typeBytes['append-answer']:
      return { type: 'append-answer', term, match: reader.number() as Index, round: reader.number() }
    case typeBytes['append-refusal']: {
      const prevIndex = reader.number() as Index
      const hintIndex = reader.number() as Index
      const hintTerm = reader.number() as Term
      return { type: 'append-refusal', term, prevIndex, hintIndex, hintTerm, round: reader.number() }
    }
    case typeBytes.heartbeat:
      return { type: 'heartbeat', term, commit: reader.number() as Index, round: reader.number() }
    case typeBytes['heartbeat-answer']:
      return { type: 'heartbeat-answer', term, round: reader.number(), lastIndex: reader.number() as Index }
    default:
      return readRare(reader, type, term)
  }
}

function readRare(reader: ByteReader, type: number, term: Term): Message {
  switch (type) {
    case typeBytes.vote: {
      const lastIndex = reader.number() as Index
      const lastTerm = reader.number() as Term
      return { type: 'vote', term, lastIndex, lastTerm, transfer: reader.boolean() }
    }
    case typeBytes['pre-vote']:
      return { type: 'pre-vote', term, lastIndex: reader.number() as Index, lastTerm: reader.number() as Term }
    case typeBytes['vote-answer']:
      return { type: 'vote-answer', term, granted: reader.boolean() }
    case typeBytes['pre-vote-answer']:
      return { type: 'pre-vote-answer', term, granted: reader.boolean() }
    case typeBytes.read:
      return { type: 'read', term, read: reader.number() as ReadNumber }
    case typeBytes['read-answer']: {
      const read = reader.number() as ReadNumber
      return { type: 'read-answer', term, read, index: reader.boolean() ? (reader.number() as Index) : undefined }
    }
    case typeBytes.stand:
      return { type: 'stand', term }
    case typeBytes.quiet:
      return { type: 'quiet', term, commit: reader.number() as Index }
    case typeBytes.removed:
      return { type: 'removed', term, configurationIndex: reader.number() as Index }
    default:
      throw reader.malformed(`no message has the type ${type}`)
  }
}

function readAppend(reader: ByteReader, term: Term): Message {
  const prevIndex = reader.number() as Index
  const prevTerm = reader.number() as Term
  const commit = reader.number() as Index
  const round = reader.number()
  const count = reader.count(entryHeadBytes)
  if (prevIndex + count > Number.MAX_SAFE_INTEGER) throw reader.malformed('its last index is beyond 2^53')
  const entries: Entry[] = []
  for (let index = prevIndex + 1; index <= prevIndex + count; index++) {
    const entryTerm = reader.number() as Term
    const kind = entryKinds[reader.byte()]
    if (kind === undefined) throw reader.malformed('an entry is of no known kind')
    entries.push({ index: index as Index, term: entryTerm, kind, data: reader.block() })
  }
  return { type: 'append', term, prevIndex, prevTerm, commit, round, entries }
}
