import { assert } from '@flotilla/core/errors'
import { decodeConfiguration } from '../core/configuration-codec.ts'
import type { Emitted, Outcome, Replica } from '../replica/replica-contract.ts'
import type { Configuration, Entry, Index, SnapshotMark, Term } from '../types.ts'

export interface ApplicationHost {
  /** What became of an entry. */
  applied(index: Index, term: Term, outcome: Outcome): void
  emitted(emitted: readonly Emitted[]): void
}

const nothing: Outcome = { type: 'nothing' }

/** Decided entries on their way into the machine of one group, in order, each once. */
export class Application {
  readonly #host: ApplicationHost
  #replica: Replica
  /** The configuration in force at the last applied entry: what a snapshot of that moment has to say. */
  #configuration: Configuration
  #index: Index
  #term: Term
  /** From `#place` on, in order, without gaps: the first is the one after `#index`. */
  #queue: Entry[] = []
  #place = 0
  /** Bytes of entries applied since the last snapshot. */
  #bytes = 0

  constructor(host: ApplicationHost, replica: Replica, snapshot: SnapshotMark) {
    this.#host = host
    this.#replica = replica
    this.#configuration = snapshot.configuration
    this.#index = snapshot.index
    this.#term = snapshot.term
  }

  get replica(): Replica {
    return this.#replica
  }

  get index(): Index {
    return this.#index
  }

  /** What a snapshot of the present state is called, but for its id and length. */
  get place(): Pick<SnapshotMark, 'index' | 'term' | 'configuration'> {
    return { index: this.#index, term: this.#term, configuration: this.#configuration }
  }

  get bytesSinceSnapshot(): number {
    return this.#bytes
  }

  get waiting(): boolean {
    return this.#place < this.#queue.length
  }

  add(entries: readonly Entry[]): void {
    if (!this.waiting) {
      this.#queue = entries as Entry[]
      this.#place = 0
      return
    }
    this.#queue = this.#queue.slice(this.#place).concat(entries)
    this.#place = 0
  }

  /** Applies some of what waits. */
  run(entriesMax: number): void {
    const end = Math.min(this.#queue.length, this.#place + entriesMax)
    for (; this.#place < end; this.#place++) {
      const entry = this.#queue[this.#place]
      if (entry !== undefined) this.#apply(entry)
    }
    if (!this.waiting) this.#queue = []
    const emitted = this.#replica.drainEmitted()
    if (emitted.length > 0) this.#host.emitted(emitted)
  }

  /** The state is what that snapshot says; what waited to be applied is part of it. */
  restore(replica: Replica, snapshot: SnapshotMark): void {
    this.#replica = replica
    this.#configuration = snapshot.configuration
    this.#index = snapshot.index
    this.#term = snapshot.term
    this.#queue = []
    this.#place = 0
    this.#bytes = 0
  }

  /** A snapshot of this node's own was made at a time when so many bytes had been applied. */
  snapshotMade(bytes: number): void {
    this.#bytes -= bytes
  }

  #apply(entry: Entry): void {
    assert(entry.index === this.#index + 1, 'entries are applied one after the other')
    const outcome = this.#replica.apply(entry)
    this.#index = entry.index
    this.#term = entry.term
    this.#bytes += entry.data.length
    if (entry.kind === 'configuration') this.#configuration = decodeConfiguration(entry.data)
    this.#host.applied(entry.index, entry.term, entry.kind === 'command' ? outcome : nothing)
  }
}
