import type { NodeId } from '@flotilla/core/ids'
import type { Message } from '../../messages.ts'
import type { RecoveredGroup } from '../../storage/storage.ts'
import type { Configuration, Index, Term } from '../../types.ts'
import { LogRecord, type RecordedWrite } from './log-record.ts'

/** A rule that must hold after every step; the shape that the simulator checks. */
export interface RaftInvariant {
  readonly sentence: string
  check(): string | undefined
}

/** What an onlooker tells an invariant, as it happens. `record` is as it was before, unless it says otherwise. */
export interface Witness {
  /** A life begins with what the disk had; `before` is what it ought to have. */
  begins?(record: MemberRecord, recovered: LogRecord, before: MemberRecord | undefined): void
  writes?(record: MemberRecord, write: RecordedWrite): void
  /** `record.durable` has it already. */
  written?(record: MemberRecord): void
  leads?(record: MemberRecord, term: Term): void
  /** `decidedBefore < index`, and everything between is decided as well. */
  decides?(record: MemberRecord, index: Index, decidedBefore: number, inForce: Configuration | undefined): void
  /** To another member, as it leaves. */
  says?(record: MemberRecord, to: NodeId, message: Message): void
  applies?(record: MemberRecord, index: Index, what: string): void
  restores?(record: MemberRecord, index: Index, what: string): void
}

/** One member of the group, as it is seen from outside. */
export interface MemberRecord {
  readonly node: NodeId
  /** Its log as it asked the disk to be: what it acts upon. */
  readonly log: LogRecord
  /** What it may rely upon after a crash. */
  readonly durable: LogRecord
  /** Asked for and not durable yet, oldest first. */
  readonly pending: RecordedWrite[]
  /** The term that it was last seen to lead. */
  leading: Term | undefined
  /** It knows that so much is decided. */
  decided: number
  /** Its machine has applied so much in this life. */
  applied: number
}

/**
 * What an onlooker sees who sees everything at once: each member's writes, what its disk has made durable, who leads,
 * what is decided and applied. Invariants watch it; whoever drives a world feeds it.
 */
export class Chronicle {
  readonly members: Map<NodeId, MemberRecord> = new Map<NodeId, MemberRecord>()
  /** The terms of the entries that somebody knew to be decided, by index; holes before the first snapshot seen. */
  readonly decidedTerms: number[] = []
  /** What the group began with. */
  readonly beginning: Configuration
  readonly #witnesses: Witness[] = []

  constructor(beginning: Configuration) {
    this.beginning = beginning
  }

  watch(witness: Witness): void {
    this.#witnesses.push(witness)
  }

  /** A new life of that member, on what its disk had; undefined for an empty disk. All else is told of this life. */
  begins(node: NodeId, recovered: RecoveredGroup | undefined): MemberRecord {
    const log = recovered === undefined ? new LogRecord() : LogRecord.of(recovered)
    const before = this.members.get(node)
    const record: MemberRecord = {
      node,
      log,
      durable: log.copy(),
      pending: [],
      leading: undefined,
      decided: log.snapshot.index,
      applied: 0,
    }
    for (const witness of this.#witnesses) witness.begins?.(record, log, before)
    this.members.set(node, record)
    return record
  }

  writes(record: MemberRecord, write: RecordedWrite): void {
    if (!this.#isAlive(record)) return
    for (const witness of this.#witnesses) witness.writes?.(record, write)
    record.log.apply(write)
    record.pending.push(write)
  }

  /** The oldest write that was not durable is. */
  written(record: MemberRecord): void {
    const write = record.pending.shift()
    if (write === undefined || !this.#isAlive(record)) return
    record.durable.apply(write)
    for (const witness of this.#witnesses) witness.written?.(record)
  }

  leads(record: MemberRecord, term: Term): void {
    if (record.leading === term || !this.#isAlive(record)) return
    for (const witness of this.#witnesses) witness.leads?.(record, term)
    record.leading = term
  }

  /**
   * That member acts on the knowledge that everything up to there is decided. `inForce` is the configuration by which
   * it counts, where that may not be in a write yet.
   */
  decides(record: MemberRecord, index: Index, inForce?: Configuration): void {
    if (index <= record.decided || !this.#isAlive(record)) return
    for (const witness of this.#witnesses) witness.decides?.(record, index, record.decided, inForce)
    for (let at = record.decided + 1; at <= index; at++) {
      const term = record.log.termAt(at)
      if (term !== undefined) this.decidedTerms[at] ??= term
    }
    record.decided = index
  }

  /** A message leaves that member; it may be lost on the way. */
  says(record: MemberRecord, to: NodeId, message: Message): void {
    if (!this.#isAlive(record)) return
    for (const witness of this.#witnesses) witness.says?.(record, to, message)
  }

  /** That member's machine has applied what stands there; `what` says so in words that are the same on all of them. */
  applies(record: MemberRecord, index: Index, what: string): void {
    if (!this.#isAlive(record)) return
    this.decides(record, index)
    for (const witness of this.#witnesses) witness.applies?.(record, index, what)
    record.applied = index
  }

  /** That member's machine became what a snapshot says; `what` says what was applied last before it. */
  restores(record: MemberRecord, index: Index, what: string): void {
    if (!this.#isAlive(record)) return
    for (const witness of this.#witnesses) witness.restores?.(record, index, what)
    record.applied = Math.max(record.applied, index)
  }

  /** What a dead life still says counts for nothing. */
  #isAlive(record: MemberRecord): boolean {
    return this.members.get(record.node) === record
  }
}

/** The first thing that was seen to break a rule; later ones are most often its consequences. */
export class Finding {
  #detail: string | undefined

  get detail(): string | undefined {
    return this.#detail
  }

  say(detail: string): void {
    this.#detail ??= detail
  }
}
