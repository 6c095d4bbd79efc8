import { assert, unreachable } from '@flotilla/core/errors'
import type { ApplyContext, LogMillis, MachineCodecs, MachineKind, QueryContext, StateMachine } from '@flotilla/raft'
import { acquire } from './acquiring.ts'
import { lockAnswerCodec, lockQueryCodec } from './answer-codecs.ts'
import { lockCommandCodec, lockResultCodec } from './codecs.ts'
import type { LockCommand, LockResult } from './commands.ts'
import { settle } from './granting.ts'
import { lockLimits, type LockLimits } from './limits.ts'
import { LockTable } from './lock-table.ts'
import type { LockAnswer, LockQuery } from './queries.ts'
import { endSession, expire, openSession, release, releaseAll } from './sessions.ts'
import { tableFrom, writeSnapshot } from './snapshot.ts'
import type { Session } from './state.ts'
import { answerTo } from './views.ts'

/**
 * The lock service as a group replicates it. What it promises:
 *
 * - At most one owner holds a lock exclusively, and then nobody else holds it at all; a semaphore never gives more
 *   permits than it has.
 * - First come, first served: readers that stand together at the head are granted together, and nobody overtakes, so
 *   no writer starves. Only what an owner has already it gets again at once, and a reader that wants to be alone stands
 *   first, since those before it wait for it anyway.
 * - A session ends when its time is over on the log's clock, and by nothing else but its own closing: nobody's opinion
 *   about who is alive frees a lock early. What it held is gone in the same moment, so what is answered to it later is
 *   `session-expired`, and never a lock. Its exclusive locks stay closed for its lock delay.
 * - Tokens only rise: see `FencingToken`.
 * - Nobody waits in a ring: see `wait-graph.ts`.
 *
 * Every command takes the time of its entry first, so that a session that is due is gone before anything is granted.
 */
export class LockMachine implements StateMachine<LockCommand, LockResult, LockQuery, LockAnswer> {
  readonly codecs: MachineCodecs<LockCommand, LockResult, LockQuery, LockAnswer> = {
    command: lockCommandCodec,
    result: lockResultCodec,
    query: lockQueryCodec,
    answer: lockAnswerCodec,
  }
  readonly #table: LockTable

  constructor(table: LockTable) {
    this.#table = table
  }

  apply(command: LockCommand, context: ApplyContext): LockResult {
    this.tick(context)
    try {
      return this.#run(command, context)
    } finally {
      // What is refused changes nothing, save that a deadlock may have been broken before a limit was reached.
      settle(this.#table, context)
    }
  }

  query(query: LockQuery, context: QueryContext): LockAnswer {
    return answerTo(this.#table, query, context.time)
  }

  deadline(): LogMillis {
    const expiry = this.#table.expiries.peek()?.at ?? Infinity
    const delay = this.#table.delays.peek()?.at ?? Infinity
    return Math.min(expiry, delay) as LogMillis
  }

  tick(context: ApplyContext): void {
    this.#table.passTo(context.time)
    expire(this.#table, context)
    settle(this.#table, context)
  }

  snapshot(): Iterable<Uint8Array> {
    return writeSnapshot(this.#table)
  }

  /** For invariants and tests: the state itself, to be read only. */
  get table(): LockTable {
    return this.#table
  }

  #run(command: LockCommand, context: ApplyContext): LockResult {
    const table = this.#table
    if (command.type === 'open-session') return openSession(table, command, context)
    const session = table.sessions.get(command.session)
    if (session === undefined) return { type: 'session-expired' }
    return this.#runIn(session, command, context)
  }

  #runIn(session: Session, command: Exclude<LockCommand, { type: 'open-session' }>, context: ApplyContext): LockResult {
    const table = this.#table
    switch (command.type) {
      case 'acquire':
      case 'acquire-permits':
        return acquire(table, session, command, context)
      case 'release':
        return release(table, session, command)
      case 'release-all':
        return releaseAll(table, session, command.owner, command.request)
      case 'renew':
        table.setExpiry(session)
        return { type: 'renewed', granted: session.granted, waiting: session.requests.size - session.granted }
      case 'close-session':
        endSession(table, session, command.orderly)
        return { type: 'session-closed' }
      case 'set-value': {
        const held = session.requests.get(command.request)
        if (held?.type !== 'grant') return { type: 'not-held' }
        held.hold.value = command.value
        table.touch(held.hold.resource, true)
        return { type: 'value-set' }
      }
      default:
        return unreachable(command, 'command')
    }
  }
}

export interface LockMachineKind extends MachineKind<LockCommand, LockResult, LockQuery, LockAnswer> {
  create(): LockMachine
  restore(pieces: AsyncIterable<Uint8Array>, version: number): Promise<LockMachine>
}

/** Only tests give limits: all replicas must have the same. */
export function createLockMachineKind(limits: LockLimits = lockLimits): LockMachineKind {
  return {
    version: 1,
    create: () => new LockMachine(new LockTable(limits)),
    restore: async (pieces, version) => {
      assert(version === 1, 'there is only one version of this machine')
      return new LockMachine(await tableFrom(pieces, limits))
    },
  }
}

export const lockMachine: LockMachineKind = createLockMachineKind()
