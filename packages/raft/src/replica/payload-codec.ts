import { assert, ProtocolError, unreachable } from '@flotilla/core/errors'
import type { LogMillis } from '../types.ts'
import type { CommandNumber, Payload, SessionId } from './replica-contract.ts'
import { replicaLimits, sessionRanges, type SessionLimits } from './session-limits.ts'
import { numberBytes, readNumber, writeNumber } from './whole-number.ts'

/**
 * The data of a `command` entry: one byte for the type, the time in seven, then what belongs to the type, numbers in
 * seven bytes each, highest first; bytes without a length come last and reach to the end. By hand and not by schema,
 * since every command passes here once on each replica.
 *
 * ```
 * 1 command       time session number answeredBelow command…
 * 2 bare-command  time command…
 * 3 open-session  time sessionsMax sessionIdleMs resultsKeptMax resultBytesKeptMax key…
 * 4 close-session time session
 * 5 time          time
 * 6 version       time version
 * ```
 */
const typeBytes = { command: 1, 'bare-command': 2, 'open-session': 3, 'close-session': 4, time: 5, version: 6 } as const

const timeAt = 1
const bodyAt = timeAt + numberBytes
const commandHeadBytes = bodyAt + 3 * numberBytes
const openHeadBytes = bodyAt + 4 * numberBytes

/** Long enough for most commands, and short enough to be let go of soon once the log is cut. */
const slabBytes = 65_536

/** Encodes commands one after the other into slabs that they share: an array of its own for each would cost more. */
export class CommandEncoder {
  #slab: Uint8Array = new Uint8Array(0)
  #used = 0

  encode(
    time: LogMillis,
    session: SessionId,
    number: CommandNumber,
    answeredBelow: CommandNumber,
    command: Uint8Array,
  ): Uint8Array {
    const data = this.#room(commandHeadBytes + command.length)
    data[0] = typeBytes.command
    writeNumber(data, timeAt, time)
    writeNumber(data, bodyAt, session)
    writeNumber(data, bodyAt + numberBytes, number)
    writeNumber(data, bodyAt + 2 * numberBytes, answeredBelow)
    data.set(command, commandHeadBytes)
    return data
  }

  #room(length: number): Uint8Array {
    if (length > slabBytes / 8) return new Uint8Array(length)
    if (this.#used + length > this.#slab.length) {
      this.#slab = new Uint8Array(slabBytes)
      this.#used = 0
    }
    const room = this.#slab.subarray(this.#used, this.#used + length)
    this.#used += length
    return room
  }
}

export function encodePayload(payload: Payload): Uint8Array {
  switch (payload.type) {
    case 'command':
      return new CommandEncoder().encode(
        payload.time,
        payload.session,
        payload.number,
        payload.answeredBelow,
        payload.command,
      )
    case 'bare-command':
      return written(payload, [], payload.command)
    case 'open-session': {
      const { key, limits } = payload
      const { sessionsMax, sessionIdleMs, resultsKeptMax, resultBytesKeptMax } = limits
      assert(isKeyLength(key.length), 'the key of a session has 8 to 64 bytes')
      return written(payload, [sessionsMax, sessionIdleMs, resultsKeptMax, resultBytesKeptMax], key)
    }
    case 'close-session':
      return written(payload, [payload.session])
    case 'time':
      return written(payload, [])
    case 'version':
      return written(payload, [payload.version])
    default:
      return unreachable(payload, 'payload')
  }
}

function written({ type, time }: Payload, numbers: readonly number[], bytes: Uint8Array = noBytes()): Uint8Array {
  const headBytes = bodyAt + numbers.length * numberBytes
  const data = new Uint8Array(headBytes + bytes.length)
  data[0] = typeBytes[type]
  writeNumber(data, timeAt, time)
  for (const [place, number] of numbers.entries()) writeNumber(data, bodyAt + place * numberBytes, number)
  data.set(bytes, headBytes)
  return data
}

function noBytes(): Uint8Array {
  return new Uint8Array(0)
}

/** The bytes of the payload are part of `data`. Throws a `ProtocolError`, and nothing else, whatever `data` is. */
export function decodePayload(data: Uint8Array): Payload {
  if (data.length < bodyAt) throw malformed(`it has ${data.length} bytes`)
  const time = readNumber(data, timeAt) as LogMillis
  if (!Number.isSafeInteger(time)) throw malformed('its time is beyond all whole numbers')
  switch (data[0] as number) {
    case typeBytes.command:
      return decodeCommand(data, time)
    case typeBytes['bare-command']:
      return { type: 'bare-command', time, command: data.subarray(bodyAt) }
    case typeBytes['open-session']:
      return decodeOpening(data, time)
    case typeBytes['close-session']:
      return { type: 'close-session', time, session: onlyNumber(data, 'session') as SessionId }
    case typeBytes.time:
      if (data.length !== bodyAt) throw malformed(`${data.length - bodyAt} bytes follow its time`)
      return { type: 'time', time }
    case typeBytes.version:
      return { type: 'version', time, version: onlyNumber(data, 'version') }
    default:
      throw new ProtocolError('unknown-type', `a payload has the unknown type ${data[0]}`, { hint: upgradeHint })
  }
}

function decodeCommand(data: Uint8Array, time: LogMillis): Payload {
  if (data.length < commandHeadBytes) throw malformed(`its head ends after ${data.length} bytes`)
  const session = readNumber(data, bodyAt) as SessionId
  const number = readNumber(data, bodyAt + numberBytes) as CommandNumber
  const answeredBelow = readNumber(data, bodyAt + 2 * numberBytes) as CommandNumber
  const wrong = !Number.isSafeInteger(session) || !Number.isSafeInteger(number) || !Number.isSafeInteger(answeredBelow)
  if (wrong || number === 0) throw malformed('a number of its head is not one')
  return { type: 'command', time, session, number, answeredBelow, command: data.subarray(commandHeadBytes) }
}

function decodeOpening(data: Uint8Array, time: LogMillis): Payload {
  const keyBytes = data.length - openHeadBytes
  if (!isKeyLength(keyBytes)) throw malformed(`the key of a session has ${keyBytes} bytes`)
  const limits: SessionLimits = {
    sessionsMax: readNumber(data, bodyAt),
    sessionIdleMs: readNumber(data, bodyAt + numberBytes),
    resultsKeptMax: readNumber(data, bodyAt + 2 * numberBytes),
    resultBytesKeptMax: readNumber(data, bodyAt + 3 * numberBytes),
  }
  for (const name of Object.keys(sessionRanges) as (keyof SessionLimits)[]) {
    const [least, most] = sessionRanges[name]
    if (!(limits[name] >= least && limits[name] <= most)) throw malformed(`its ${name} is ${limits[name]}`)
  }
  return { type: 'open-session', time, limits, key: data.subarray(openHeadBytes) }
}

function onlyNumber(data: Uint8Array, what: string): number {
  if (data.length !== bodyAt + numberBytes) throw malformed(`its ${what} has ${data.length - bodyAt} bytes`)
  const number = readNumber(data, bodyAt)
  if (!Number.isSafeInteger(number)) throw malformed(`its ${what} is beyond all whole numbers`)
  return number
}

function isKeyLength(length: number): boolean {
  return length >= replicaLimits.sessionKeyBytesMin && length <= replicaLimits.sessionKeyBytesMax
}

const upgradeHint = 'it was written by a newer version of this program; upgrade this one'

function malformed(why: string): ProtocolError {
  return new ProtocolError('malformed', `a payload is malformed: ${why}`, { hint: upgradeHint })
}
