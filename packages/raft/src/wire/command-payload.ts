import type { CommandNumber, SessionId } from '../replica/replica-contract.ts'
import { numberBytes, writeNumber } from '../replica/whole-number.ts'
import type { LogMillis } from '../types.ts'
import type { ByteWriter } from './byte-writer.ts'

/** The type of a command in `payload-codec.ts`, whose layout this is. A test holds the two together. */
const commandType = 1
/** Type, time, session, number, answeredBelow. */
export const commandHeadBytes: number = 1 + 4 * numberBytes
const timeAt = 1

/** Writes the payload of a command as it will stand in the log, but for the time, which is the leader's to say. */
export function writeCommandPayload(
  writer: ByteWriter,
  session: SessionId,
  number: CommandNumber,
  answeredBelow: CommandNumber,
  command: Uint8Array,
): void {
  writer.byte(commandType)
  writer.number(0)
  writer.number(session)
  writer.number(number)
  writer.number(answeredBelow)
  writer.raw(command)
}

/** Whether it is a command with a whole head: a caller may put nothing else into the log. */
export function isCommandPayload(payload: Uint8Array): boolean {
  return payload.length >= commandHeadBytes && payload[0] === commandType
}

/** In place: the bytes that came from the caller are those that stand in the log. */
export function stampPayload(payload: Uint8Array, time: LogMillis): void {
  writeNumber(payload, timeAt, time)
}
