import type { NodeId } from '@flotilla/core/ids'
import type { Index, ReadNumber } from '../types.ts'

export interface RemoteRead {
  readonly from: NodeId
  readonly read: ReadNumber
}

/** Reads that began before one round was sent out, and what they have to see. */
export interface ReadRound {
  readonly round: number
  readonly index: Index
  reads: ReadNumber[]
  readonly remote: RemoteRead[]
}

/**
 * Reads that wait until it is proved that this node still led after they began: everything that arrives between two
 * drains shares one round of heartbeats (Raft §8, thesis §6.4).
 */
export class LeaderReads {
  readonly #waitingMax: number
  /** By rising round. */
  #rounds: ReadRound[] = []
  #gathered: ReadNumber[] = []
  #gatheredRemote: RemoteRead[] = []
  #waiting = 0

  constructor(waitingMax: number) {
    this.#waitingMax = waitingMax
  }

  get waiting(): number {
    return this.#waiting
  }

  /** Some have not been given a round yet. */
  get gathering(): boolean {
    return this.#gathered.length + this.#gatheredRemote.length > 0
  }

  /** Takes as many as there is room for, and returns the others. */
  add(reads: readonly ReadNumber[]): readonly ReadNumber[] {
    const room = this.#waitingMax - this.#waiting
    const taken = reads.length <= room ? reads : reads.slice(0, room)
    for (const read of taken) this.#gathered.push(read)
    this.#waiting += taken.length
    return reads.length <= room ? [] : reads.slice(room)
  }

  /** False where there is no room. */
  addRemote(read: RemoteRead): boolean {
    if (this.#waiting >= this.#waitingMax) return false
    this.#gatheredRemote.push(read)
    this.#waiting++
    return true
  }

  /** Everything gathered has to see everything up to `index`, once `round` is answered by a majority. */
  beginRound(round: number, index: Index): void {
    this.#rounds.push({ round, index, reads: this.#gathered, remote: this.#gatheredRemote })
    this.#gathered = []
    this.#gatheredRemote = []
  }

  /** Takes out what a majority has confirmed by answering `round`. */
  confirm(round: number): readonly ReadRound[] {
    const first = this.#rounds[0]
    if (first === undefined || first.round > round) return []
    const open = this.#rounds.findIndex((candidate) => candidate.round > round)
    const confirmed = open === -1 ? this.#rounds : this.#rounds.slice(0, open)
    this.#rounds = open === -1 ? [] : this.#rounds.slice(open)
    for (const { reads, remote } of confirmed) this.#waiting -= reads.length + remote.length
    return confirmed
  }

  cancel(reads: ReadonlySet<ReadNumber>): void {
    const before = this.#count()
    this.#gathered = this.#gathered.filter((read) => !reads.has(read))
    for (const round of this.#rounds) round.reads = round.reads.filter((read) => !reads.has(read))
    this.#waiting -= before - this.#count()
  }

  /** Takes everything out, because this node leads no more. */
  giveUp(): { readonly reads: readonly ReadNumber[]; readonly remote: readonly RemoteRead[] } {
    const reads = [...this.#rounds.flatMap((round) => round.reads), ...this.#gathered]
    const remote = [...this.#rounds.flatMap((round) => round.remote), ...this.#gatheredRemote]
    this.#rounds = []
    this.#gathered = []
    this.#gatheredRemote = []
    this.#waiting = 0
    return { reads, remote }
  }

  #count(): number {
    return this.#rounds.reduce((sum, { reads }) => sum + reads.length, this.#gathered.length)
  }
}
