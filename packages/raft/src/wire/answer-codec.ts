import { unreachable } from '@flotilla/core/errors'
import type { NodeId } from '@flotilla/core/ids'
import type { SessionId } from '../replica/replica-contract.ts'
import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'
import type { Answer, BootNumber, CallId } from './call.ts'
import { noticeKinds } from './notice-kind.ts'

/** A number is never used again for another layout. */
const typeBytes = {
  result: 1,
  refused: 2,
  redirect: 3,
  'no-leader': 4,
  overloaded: 5,
  unclear: 6,
  session: 7,
  'session-expired': 8,
  'not-served': 9,
  done: 10,
  leader: 11,
} as const

export interface AddressedAnswer {
  /** The life of the caller that asked: the next one draws the same ids for other calls. */
  readonly boot: BootNumber
  readonly id: CallId
  readonly answer: Answer
}

/**
 * The answers of one turn to one node: kind, then answers until the end, each of them boot, id, type and what belongs
 * to it.
 */
export function writeAnswers(
  writer: ByteWriter,
  answers: readonly AddressedAnswer[],
  bytesMax: number,
  send: (notice: Uint8Array) => void,
): void {
  writer.reset()
  writer.byte(noticeKinds.answers)
  const headBytes = writer.length
  for (const { boot, id, answer } of answers) {
    const start = writer.length
    writer.number(boot)
    writer.number(id)
    writeAnswer(writer, answer)
    if (writer.length <= bytesMax || start === headBytes) continue
    send(writer.written().subarray(0, start))
    writer.cut(headBytes, start)
  }
  if (writer.length > headBytes) send(writer.written())
}

function writeAnswer(writer: ByteWriter, answer: Answer): void {
  writer.byte(typeBytes[answer.type])
  switch (answer.type) {
    case 'result':
      return writer.block(answer.result)
    case 'refused':
      writer.text(answer.code)
      writer.text(answer.message)
      writer.byte(answer.hint === undefined ? 0 : 1)
      return answer.hint === undefined ? undefined : writer.text(answer.hint)
    case 'redirect':
    case 'leader':
      return writer.name(answer.leader)
    case 'overloaded':
      return writer.text(answer.limit)
    case 'session':
      return writer.number(answer.session)
    case 'no-leader':
    case 'unclear':
    case 'session-expired':
    case 'not-served':
    case 'done':
      return undefined
    default:
      return unreachable(answer, 'answer')
  }
}

/** All of it or, with a `ProtocolError`, nothing. */
export function readAnswers(notice: Uint8Array): readonly AddressedAnswer[] {
  const reader = new ByteReader(notice, 'a notice of answers')
  reader.byte()
  const answers: AddressedAnswer[] = []
  while (!reader.ended) {
    const boot = reader.number() as BootNumber
    answers.push({ boot, id: reader.number() as CallId, answer: readAnswer(reader) })
  }
  return answers
}

function readAnswer(reader: ByteReader): Answer {
  const type = reader.byte()
  switch (type) {
    case typeBytes.result:
      return { type: 'result', result: reader.block() }
    case typeBytes.refused: {
      const code = reader.text()
      const message = reader.text()
      return { type: 'refused', code, message, hint: reader.boolean() ? reader.text() : undefined }
    }
    case typeBytes.redirect:
      return { type: 'redirect', leader: reader.name() as NodeId }
    case typeBytes['no-leader']:
      return { type: 'no-leader' }
    case typeBytes.overloaded:
      return { type: 'overloaded', limit: reader.text() }
    case typeBytes.unclear:
      return { type: 'unclear' }
    case typeBytes.session:
      return { type: 'session', session: reader.number() as SessionId }
    case typeBytes['session-expired']:
      return { type: 'session-expired' }
    case typeBytes['not-served']:
      return { type: 'not-served' }
    case typeBytes.done:
      return { type: 'done' }
    case typeBytes.leader:
      return { type: 'leader', leader: reader.name() as NodeId }
    default:
      throw reader.malformed(`no answer has the type ${type}`)
  }
}
