import { assert, FlotillaError, ProtocolError, unreachable } from '@flotilla/core/errors'
import type { MachineKind, StateMachine } from '../state-machine.ts'
import type { Entry, Index, LogMillis } from '../types.ts'
import { ReplicaContext } from './apply-context.ts'
import { decodePayload } from './payload-codec.ts'
import { PieceReader } from './piece-reader.ts'
import { refusedBy, resultTooLarge, unknownCommand } from './refusal.ts'
import type { Emitted, Outcome, Payload, Replica } from './replica-contract.ts'
import { replicaLimits, sessionDefaults } from './session-limits.ts'
import { SessionTable } from './session-table.ts'
import type { Kept } from './session.ts'
import { firstVersion, readContent, unloadable, writeContent } from './snapshot-content.ts'

export interface ReplicaOptions<Command, Result, Query, Answer> {
  readonly machineKind: MachineKind<Command, Result, Query, Answer>
}

/** A group's state before its first entry. */
export function createReplica<Command, Result, Query, Answer>(
  options: ReplicaOptions<Command, Result, Query, Answer>,
): Replica {
  const context = new ReplicaContext({ index: 0 as Index, time: 0 as LogMillis, version: firstVersion })
  const machine = options.machineKind.create()
  return new MachineReplica(machine, options.machineKind.version, context, new SessionTable(sessionDefaults))
}

/** The state that those pieces, cut anywhere, are the content of. Rejects with `snapshot-unloadable`. */
export async function restoreReplica<Command, Result, Query, Answer>(
  pieces: AsyncIterable<Uint8Array>,
  { machineKind }: ReplicaOptions<Command, Result, Query, Answer>,
): Promise<Replica> {
  const reader = new PieceReader(pieces)
  try {
    const { context, sessions } = await readContent(reader, machineKind.version)
    const rest = reader.rest()
    const machine = await machineKind.restore(rest, context.version)
    for await (const piece of rest) {
      if (piece.length > 0) throw new ProtocolError('malformed', 'bytes follow the state of the machine')
    }
    return new MachineReplica(machine, machineKind.version, context, sessions)
  } catch (cause) {
    throw unloadable(cause)
  } finally {
    await reader.close()
  }
}

/**
 * What a decided entry does, in this order: the log's clock moves, sessions expire, the machine's `tick` is called if
 * it is due, and then comes what the entry itself says. So all of it depends on nothing but the log.
 */
class MachineReplica<Command, Result, Query, Answer> implements Replica {
  readonly #machine: StateMachine<Command, Result, Query, Answer>
  readonly #versionMax: number
  readonly #context: ReplicaContext
  readonly #sessions: SessionTable

  constructor(
    machine: StateMachine<Command, Result, Query, Answer>,
    versionMax: number,
    context: ReplicaContext,
    sessions: SessionTable,
  ) {
    this.#machine = machine
    this.#versionMax = versionMax
    this.#context = context
    this.#sessions = sessions
  }

  get applied(): Index {
    return this.#context.index
  }

  get time(): LogMillis {
    return this.#context.time
  }

  get version(): number {
    return this.#context.version
  }

  get sessions(): number {
    return this.#sessions.size
  }

  apply(entry: Entry): Outcome {
    assert(entry.index === this.#context.index + 1, 'entries are applied in order, each once')
    this.#context.index = entry.index
    if (entry.kind !== 'command') return { type: 'nothing' }
    const payload = decoded(decodePayload, entry.data)
    // Stopping instead would help nobody: after a restart, the same entry comes again.
    if (payload === undefined) return unknownCommand()
    this.#pass(payload.time)
    return this.#perform(payload)
  }

  query(query: Uint8Array): Uint8Array {
    const { codecs } = this.#machine
    return codecs.answer.encode(this.#machine.query(codecs.query.decode(query), this.#context))
  }

  deadline(): LogMillis {
    const machineDeadline = this.#machine.deadline?.() ?? Infinity
    return Math.min(machineDeadline, this.#sessions.deadline()) as LogMillis
  }

  drainEmitted(): readonly Emitted[] {
    return this.#context.drainEmitted()
  }

  snapshot(): Iterable<Uint8Array> {
    return writeContent(this.#context, this.#sessions, begun(this.#machine.snapshot(this.#context.version)))
  }

  #pass(time: LogMillis): void {
    if (time > this.#context.time) this.#context.time = time
    this.#sessions.expire(this.#context.time)
    const due = this.#machine.deadline?.() ?? Infinity
    if (due <= this.#context.time) this.#machine.tick?.(this.#context)
  }

  #perform(payload: Payload): Outcome {
    switch (payload.type) {
      case 'command':
        return this.#runOnce(payload)
      case 'bare-command':
        return this.#run(payload.command)
      case 'open-session': {
        const { index, time } = this.#context
        // The index of an entry names it for ever, and so it does for the session.
        const opened = this.#sessions.open(index as number as typeof opened.id, payload.key, payload.limits, time)
        return { type: 'session', session: opened.id }
      }
      case 'close-session':
        this.#sessions.close(payload.session)
        return { type: 'nothing' }
      case 'time':
        return { type: 'nothing' }
      case 'version':
        this.#raise(payload.version)
        return { type: 'nothing' }
      default:
        return unreachable(payload, 'payload')
    }
  }

  #runOnce({ session: id, number, answeredBelow, command }: Extract<Payload, { type: 'command' }>): Outcome {
    const session = this.#sessions.use(id, this.#context.time)
    if (session === undefined) return { type: 'session-expired' }
    session.settleBelow(answeredBelow)
    if (number < session.floor) return { type: 'session-expired' }
    const before = session.outcomeOf(number)
    if (before !== undefined) return before
    const outcome = this.#run(command)
    session.keep(number, outcome, this.#sessions.limits)
    return outcome
  }

  #run(bytes: Uint8Array): Kept {
    const { codecs } = this.#machine
    const command = decoded((data: Uint8Array) => ({ is: codecs.command.decode(data) }), bytes)
    if (command === undefined) return unknownCommand()
    try {
      const result = codecs.result.encode(this.#machine.apply(command.is, this.#context))
      if (result.length > replicaLimits.resultBytesMax) return resultTooLarge(result.length)
      return { type: 'result', result }
    } catch (error) {
      if (error instanceof FlotillaError) return refusedBy(error as FlotillaError)
      throw error
    }
  }

  #raise(version: number): void {
    if (version > this.#versionMax) {
      throw new FlotillaError(
        'machine-too-old',
        `the group has agreed to run version ${version} of its machine, and this program knows ${this.#versionMax}`,
        { hint: 'start a newer version of this program; what is on disk is whole' },
      )
    }
    if (version > this.#context.version) this.#context.version = version
  }
}

/**
 * A generator does nothing before its first piece is pulled, so that one which looks at the state there would see what
 * it has become by then. Hence it is pulled at once.
 */
function begun(pieces: Iterable<Uint8Array>): Iterable<Uint8Array> {
  const iterator = pieces[Symbol.iterator]()
  const first = iterator.next()
  return (function* () {
    for (let next = first; next.done !== true; next = iterator.next()) yield next.value
  })()
}

/** Undefined for bytes that are not what they should be. */
function decoded<Value>(decode: (bytes: Uint8Array) => Value, bytes: Uint8Array): Value | undefined {
  try {
    return decode(bytes)
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}
