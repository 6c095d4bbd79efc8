import { FlotillaError, ProtocolError } from '@flotilla/core/errors'
import type { Index, LogMillis } from '../types.ts'
import { ReplicaContext } from './apply-context.ts'
import { ByteWriter } from './byte-writer.ts'
import type { PieceReader } from './piece-reader.ts'
import type { SessionId } from './replica-contract.ts'
import { replicaLimits, sessionRanges, validateSessionLimits, type SessionLimits } from './session-limits.ts'
import { SessionTable } from './session-table.ts'
import { Session, type Kept } from './session.ts'

/**
 * The content of a snapshot: what the replica itself knows, then the machine's own bytes to the end. Equal states give
 * equal bytes.
 *
 * ```
 * "FRS1"  agreed version  applied  time  sessionsMax  sessionIdleMs  resultsKeptMax  resultBytesKeptMax  sessions
 * then each session, in order of last use, oldest first:
 *   id  last used  floor  key (length, bytes)  outcomes kept
 *   then each outcome, in order of its number:
 *     number  0  result (length, bytes)
 *     number  1  code  message  0 | 1 hint       (each text: length, UTF-8)
 * ```
 *
 * All numbers and lengths take seven bytes, highest first; 0 and 1 take one.
 */
const magic: readonly number[] = [0x46, 0x52, 0x53, 0x31]

/** What a group runs before its members have agreed on more. */
export const firstVersion = 1

/** A session as it was when the snapshot began. */
interface FrozenSession {
  readonly session: Session
  readonly lastUsed: LogMillis
  readonly floor: number
  readonly numbers: readonly number[]
  readonly outcomes: readonly Kept[]
}

/**
 * Everything is looked at before this returns, so that `apply` may go on; only bytes are made later. That costs one
 * look at each outcome kept, of which there are few where clients say what they have.
 */
export function writeContent(
  { index, time, version }: ReplicaContext,
  sessions: SessionTable,
  machine: Iterable<Uint8Array>,
): Iterable<Uint8Array> {
  const { limits } = sessions
  const numbers: readonly number[] = [version, index, time, ...limitList(limits), sessions.size]
  const frozen: FrozenSession[] = []
  for (const session of sessions.oldestFirst()) {
    const { lastUsed, floor } = session
    frozen.push({ session, lastUsed, floor, ...session.kept() })
  }
  return contentPieces(numbers, frozen, machine)
}

function* contentPieces(
  numbers: readonly number[],
  sessions: readonly FrozenSession[],
  machine: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  const writer = new ByteWriter()
  writer.bytes(Uint8Array.from(magic))
  for (const number of numbers) writer.number(number)
  for (const frozen of sessions) {
    writer.number(frozen.session.id)
    writer.number(frozen.lastUsed)
    writer.number(frozen.floor)
    writer.sized(frozen.session.key)
    writer.number(frozen.numbers.length)
    for (const [place, outcome] of frozen.outcomes.entries()) {
      writer.number(frozen.numbers[place] ?? 0)
      writeOutcome(writer, outcome)
      if (writer.length >= replicaLimits.snapshotPieceBytes) yield writer.take()
    }
  }
  yield writer.take()
  yield* machine
}

function writeOutcome(writer: ByteWriter, outcome: Kept): void {
  if (outcome.type === 'result') {
    writer.byte(0)
    writer.sized(outcome.result)
    return
  }
  writer.byte(1)
  writer.text(outcome.code)
  writer.text(outcome.message)
  writer.byte(outcome.hint === undefined ? 0 : 1)
  if (outcome.hint !== undefined) writer.text(outcome.hint)
}

export interface ReadContent {
  readonly context: ReplicaContext
  readonly sessions: SessionTable
}

/**
 * Leaves the machine's own bytes. Throws a `ProtocolError` for whatever `writeContent` did not write, and a
 * `FlotillaError` for what is too new.
 */
export async function readContent(reader: PieceReader, versionMax: number): Promise<ReadContent> {
  const found = await reader.bytes(magic.length)
  if (magic.some((byte, place) => found[place] !== byte)) throw malformed('it does not begin as one of version 1 does')
  const version = await reader.number('version')
  const index = (await reader.number('index')) as Index
  const time = (await reader.number('time')) as LogMillis
  if (version < firstVersion) throw malformed('its version is 0')
  if (version > versionMax) {
    throw new FlotillaError(
      'machine-too-old',
      `it is of version ${version} of the machine, and this program knows ${versionMax}`,
      { hint: 'start a newer version of this program' },
    )
  }
  const sessions = new SessionTable(await readLimits(reader))
  const count = await reader.number('number of sessions', sessions.limits.sessionsMax)
  let lastUsed = 0 as LogMillis
  for (let read = 0; read < count; read++) {
    const session = await readSession(reader)
    const isInOrder = session.lastUsed >= lastUsed && session.lastUsed <= time
    lastUsed = session.lastUsed
    if (!isInOrder || session.id > index || session.id === 0) throw malformed('a session is out of order')
    if (!sessions.add(session)) throw malformed('a session is in it twice')
  }
  return { context: new ReplicaContext({ index, time, version }), sessions }
}

/** In the order in which they are written. */
function limitList(limits: SessionLimits): readonly number[] {
  const { sessionsMax, sessionIdleMs, resultsKeptMax, resultBytesKeptMax } = limits
  return [sessionsMax, sessionIdleMs, resultsKeptMax, resultBytesKeptMax]
}

async function readLimits(reader: PieceReader): Promise<SessionLimits> {
  const sessionsMax = await reader.number('sessionsMax')
  const sessionIdleMs = await reader.number('sessionIdleMs')
  const resultsKeptMax = await reader.number('resultsKeptMax')
  const resultBytesKeptMax = await reader.number('resultBytesKeptMax')
  return validateSessionLimits({ sessionsMax, sessionIdleMs, resultsKeptMax, resultBytesKeptMax })
}

async function readSession(reader: PieceReader): Promise<Session> {
  const id = (await reader.number('session')) as SessionId
  const lastUsed = (await reader.number('time')) as LogMillis
  const floor = await reader.number('floor')
  const { sessionKeyBytesMin, sessionKeyBytesMax } = replicaLimits
  const key = await reader.sized('key', sessionKeyBytesMax)
  if (key.length < sessionKeyBytesMin) throw malformed(`the key of a session has ${key.length} bytes`)
  const session = new Session(id, key, lastUsed, floor)
  const [, keptMax] = sessionRanges.resultsKeptMax
  const count = await reader.number('number of outcomes', keptMax)
  let least = Math.max(floor, 1)
  for (let read = 0; read < count; read++) {
    const number = await reader.number('number of a command')
    if (number < least || number - floor >= keptMax) throw malformed('an outcome is out of order')
    session.put(number, await readOutcome(reader))
    least = number + 1
  }
  return session
}

async function readOutcome(reader: PieceReader): Promise<Kept> {
  const { resultBytesMax, refusalCodeCharsMax, refusalTextCharsMax } = replicaLimits
  if (!(await reader.flag('type of an outcome'))) {
    return { type: 'result', result: await reader.sized('result', resultBytesMax) }
  }
  const code = await reader.text('code', refusalCodeCharsMax)
  const message = await reader.text('message', refusalTextCharsMax)
  const hint = (await reader.flag('flag of a hint')) ? await reader.text('hint', refusalTextCharsMax) : undefined
  return { type: 'refused', code, message, hint }
}

export function unloadable(cause: unknown): FlotillaError {
  const why = cause instanceof Error ? cause.message : String(cause)
  return new FlotillaError('snapshot-unloadable', `a snapshot cannot be loaded: ${why}`, {
    cause,
    hint:
      cause instanceof FlotillaError && cause.hint !== undefined
        ? cause.hint
        : 'start the version of this program that wrote it, or remove this member and let it join anew',
  })
}

function malformed(why: string): ProtocolError {
  return new ProtocolError('malformed', `the content of a snapshot is malformed: ${why}`)
}
