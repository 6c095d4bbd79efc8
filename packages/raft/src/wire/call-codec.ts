import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { SessionId } from '../replica/replica-contract.ts'
import type { GroupName } from '../types.ts'
import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { AddressedCall, BootNumber, Call, CallId, ReceivedCall } from './call.ts'
import { commandHeadBytes, isCommandPayload, writeCommandPayload } from './command-payload.ts'
import { wireLimits } from './limits.ts'
import { noticeKinds } from './notice-kind.ts'

/** A number is never used again for another layout. */
const typeBytes = {
  command: 1,
  'open-session': 2,
  'close-session': 3,
  read: 4,
  'change-members': 5,
  transfer: 6,
} as const

/** Who calls, so that no call is taken twice though a notice may come twice. */
export interface CallsHead {
  readonly boot: BootNumber
  /** Rises with every notice of calls to that node. */
  sequence(): number
}

/**
 * The calls of one turn to one node, as few notices as the longest one allows: kind, boot, sequence, then calls until
 * the end. Each is the group's name, the id, the type and what belongs to it.
 */
export function writeCalls(
  writer: ByteWriter,
  head: CallsHead,
  calls: readonly AddressedCall[],
  bytesMax: number,
  send: (notice: Uint8Array) => void,
): void {
  writer.reset()
  writeHead(writer, head)
  const headBytes = writer.length
  for (const { group, id, call } of calls) {
    const start = writer.length
    writer.name(group)
    writer.number(id)
    writeCall(writer, call)
    if (writer.length <= bytesMax || start === headBytes) continue
    send(writer.written().subarray(0, start))
    const next = writer.written().slice(start)
    writer.reset()
    writeHead(writer, head)
    writer.raw(next)
  }
  if (writer.length > headBytes) send(writer.written())
}

function writeHead(writer: ByteWriter, head: CallsHead): void {
  writer.byte(noticeKinds.calls)
  writer.number(head.boot)
  writer.number(head.sequence())
}

function writeCall(writer: ByteWriter, call: Call): void {
  writer.byte(typeBytes[call.type])
  switch (call.type) {
    case 'command':
      writer.size(commandHeadBytes + call.command.length)
      return writeCommandPayload(writer, call.session, call.number, call.answeredBelow, call.command)
    case 'open-session':
      return writer.block(call.key)
    case 'close-session':
      return writer.number(call.session)
    case 'read':
      return writer.block(call.query)
    case 'change-members':
      writeNames(writer, call.voters)
      return writeNames(writer, call.learners)
    case 'transfer':
      return writeNames(writer, call.to === undefined ? [] : [call.to])
    default:
      return unreachable(call, 'call')
  }
}

export interface ReceivedCalls {
  readonly boot: BootNumber
  readonly sequence: number
  readonly calls: readonly { readonly group: GroupName; readonly id: CallId; readonly call: ReceivedCall }[]
}

/** All of it or, with a `ProtocolError`, nothing. */
export function readCalls(notice: Uint8Array): ReceivedCalls {
  const reader = new ByteReader(notice, 'a notice of calls')
  reader.byte()
  const boot = reader.number() as BootNumber
  const sequence = reader.number()
  const calls: { group: GroupName; id: CallId; call: ReceivedCall }[] = []
  while (!reader.ended) {
    const group = reader.name() as GroupName
    calls.push({ group, id: reader.number() as CallId, call: readCall(reader) })
  }
  return { boot, sequence, calls }
}

function readCall(reader: ByteReader): ReceivedCall {
  const type = reader.byte()
  switch (type) {
    case typeBytes.command: {
      const payload = reader.block()
      if (!isCommandPayload(payload)) throw reader.malformed('what should be a command is none')
      return { type: 'command', payload }
    }
    case typeBytes['open-session']:
      return { type: 'open-session', key: readKey(reader) }
    case typeBytes['close-session']:
      return { type: 'close-session', session: reader.number() as SessionId }
    case typeBytes.read:
      return { type: 'read', query: reader.block() }
    case typeBytes['change-members']:
      return { type: 'change-members', voters: readNames(reader), learners: readNames(reader) }
    case typeBytes.transfer: {
      const [to, ...others] = readNames(reader)
      if (others.length > 0) throw reader.malformed('leadership goes to one node')
      return { type: 'transfer', to }
    }
    default:
      throw reader.malformed(`no call has the type ${type}`)
  }
}

function readKey(reader: ByteReader): Uint8Array {
  const key = reader.block(wireLimits.sessionKeyBytesMax)
  if (key.length < wireLimits.sessionKeyBytesMin) throw reader.malformed('the key of a session is too short')
  return key
}

/** Each with its length in one byte. */
export function writeNames(writer: ByteWriter, names: readonly NodeId[]): void {
  writer.size(names.length)
  for (const name of names) writer.name(name)
}

export function readNames(reader: ByteReader): readonly NodeId[] {
  const count = reader.count(2)
  if (count > wireLimits.membersMax) throw reader.malformed(`${count} members are more than any group has`)
  const names: NodeId[] = []
  for (let index = 0; index < count; index++) names.push(reader.name() as NodeId)
  return names
}
