import type { Codec } from '@flotilla/core/codec'
import type { Index, LogMillis } from './types.ts'

/**
 * What a group replicates. Each node has one of its own and they stay equal because all do the same: `apply` and
 * `tick` must depend on nothing but the state, the command and the context. No clock, no chance, no order of a set
 * that was filled in another order.
 */
export interface StateMachine<Command, Result, Query, Answer> {
  readonly codecs: MachineCodecs<Command, Result, Query, Answer>
  /** Changes the state. What it throws is its caller's answer, if it is a `FlotillaError`; any other stops the node. */
  apply(command: Command, context: ApplyContext): Result
  /** Looks, and changes nothing. */
  query(query: Query, context: QueryContext): Answer
  /** When `tick` is wanted, on the clock of the log; Infinity for never. Left out: never. */
  deadline?(): LogMillis
  /** Lets what is due happen. The leader sees to it that it is called soon after `deadline`. */
  tick?(context: ApplyContext): void
  /**
   * The state as it is now, as programs of that version write it: the one that the group has agreed upon, so that a
   * member whose program is older can load it. The pieces are pulled later, one by one, while `apply` goes on.
   */
  snapshot(version?: number): Iterable<Uint8Array>
}

/** How to make one. A new one is made at the start of a node, and each time that a snapshot takes its place. */
export interface MachineKind<Command, Result, Query, Answer> {
  /**
   * The version of commands and of snapshots. A group runs the lowest version of all its voters' programs, so that a
   * command that old nodes do not know is not proposed while there are any: see `ApplyContext.version`. The first is 1;
   * a machine refuses a command beyond the agreed version with a `FlotillaError` whose code is `unknown-command`, which
   * is what becomes of it where it cannot be decoded.
   */
  readonly version: number
  create(): StateMachine<Command, Result, Query, Answer>
  /** From the pieces of a snapshot, cut anywhere. Rejects if they are not what `snapshot(version)` writes. */
  restore(pieces: AsyncIterable<Uint8Array>, version: number): Promise<StateMachine<Command, Result, Query, Answer>>
}

export interface MachineCodecs<Command, Result, Query, Answer> {
  readonly command: Codec<Command>
  readonly result: Codec<Result>
  readonly query: Codec<Query>
  readonly answer: Codec<Answer>
}

export interface QueryContext {
  /** Everything up to here is in the state. */
  readonly index: Index
  /** What the log's clock said at that entry. */
  readonly time: LogMillis
}

export interface ApplyContext extends QueryContext {
  /** The version that the group has agreed upon; the machine behaves as programs of that version do. */
  readonly version: number
  /**
   * Tells those who subscribed to that topic of the group. A nudge: it may be lost with a connection or a leader, and
   * may come twice; it never comes before what it tells of is decided.
   */
  emit(topic: string, payload: Uint8Array): void
}
