import { FlotillaError } from '@flotilla/core/errors'
import type { Entropy, Prng } from '@flotilla/core/random'
import type { GroupName, SnapshotMark } from '../../types.ts'
import { checkMark, drawnSnapshotId } from './snapshot-id.ts'
import { storageClosed, wrongMark } from '../storage-error.ts'
import type { SnapshotStore, SnapshotWriter } from '../storage.ts'

export interface StoredSnapshot {
  readonly group: GroupName
  mark: SnapshotMark
  readonly pieces: Uint8Array[]
  /** Sum of `pieces`. */
  length: number
  readonly received: boolean
  complete: boolean
  readers: number
  /** No group needs it; it goes when nobody reads it. */
  unneeded: boolean
}

/** The contents of snapshots, in a map that survives. */
export class MemorySnapshots implements SnapshotStore {
  readonly #stored: Map<string, StoredSnapshot>
  readonly #entropy: Entropy
  #closed = false

  constructor(stored: Map<string, StoredSnapshot>, entropy: Entropy) {
    this.#stored = stored
    this.#entropy = entropy
  }

  create(group: GroupName, mark: Omit<SnapshotMark, 'bytes'>): Promise<SnapshotWriter> {
    return this.#begin(() =>
      this.#writer(this.#put(group, { ...mark, id: mark.id || this.#drawId(), bytes: 0 }, false)),
    )
  }

  receive(group: GroupName, mark: SnapshotMark): Promise<SnapshotWriter> {
    return this.#begin(() => {
      checkMark(mark)
      const known = this.#stored.get(mark.id)
      return this.#writer(
        known?.group === group && (known.received || known.complete) ? known : this.#put(group, mark, true),
      )
    })
  }

  async *read(group: GroupName, mark: SnapshotMark, position = 0): AsyncGenerator<Uint8Array, void, undefined> {
    const stored = this.#stored.get(mark.id)
    if (stored?.group !== group || !stored.complete) {
      throw new FlotillaError('not-found', `there is no snapshot ${mark.id} of ${group}`, { hint: 'take the latest' })
    }
    stored.readers++
    try {
      let at = 0
      for (const piece of stored.pieces) {
        if (this.#closed) throw storageClosed()
        const rest = piece.subarray(Math.max(0, position - at))
        at += piece.length
        if (rest.length > 0) yield rest
      }
    } finally {
      stored.readers--
      this.#sweep(mark.id, stored)
    }
  }

  bytes(): number {
    let bytes = 0
    for (const stored of this.#stored.values()) bytes += stored.length
    return bytes
  }

  /** This mark of the group is durable: whatever is older goes. */
  marked(group: GroupName, mark: SnapshotMark): void {
    this.#drop((stored, id) => stored.group === group && id !== mark.id && stored.mark.index <= mark.index)
  }

  forget(group: GroupName): void {
    this.#drop((stored) => stored.group === group)
  }

  /** At the beginning of a life: what no group needs goes, and what this node had begun itself. */
  clean(marks: ReadonlyMap<GroupName, SnapshotMark>): void {
    this.#drop((stored, id) => {
      stored.readers = 0
      const mark = marks.get(stored.group)
      if (mark === undefined || stored.complete) return mark?.id !== id
      return !stored.received || stored.mark.index <= mark.index
    })
  }

  close(): void {
    this.#closed = true
  }

  /** What had come of a snapshot, and was not complete, is there up to some place. */
  die(prng: Prng): void {
    this.#closed = true
    for (const stored of this.#stored.values()) {
      if (stored.complete) continue
      stored.pieces.length = prng.between(0, stored.pieces.length)
      stored.length = stored.pieces.reduce((sum, piece) => sum + piece.length, 0)
    }
  }

  async #begin(begin: () => SnapshotWriter): Promise<SnapshotWriter> {
    if (this.#closed) throw storageClosed()
    return begin()
  }

  #drawId(): string {
    return drawnSnapshotId(this.#entropy)
  }

  #put(group: GroupName, mark: SnapshotMark, received: boolean): StoredSnapshot {
    const fresh = { group, mark, pieces: [], length: 0, received, complete: false, readers: 0, unneeded: false }
    this.#stored.set(mark.id, fresh)
    return fresh
  }

  #drop(unneeded: (stored: StoredSnapshot, id: string) => boolean): void {
    for (const [id, stored] of this.#stored) {
      if (unneeded(stored, id)) stored.unneeded = true
      this.#sweep(id, stored)
    }
  }

  #sweep(id: string, stored: StoredSnapshot): void {
    if (stored.unneeded && stored.readers === 0 && this.#stored.get(id) === stored) this.#stored.delete(id)
  }

  #writer(stored: StoredSnapshot): SnapshotWriter {
    const check = (): void => {
      if (this.#closed) throw storageClosed()
    }
    const left = (): void => {
      if (!stored.complete && !stored.received && !this.#closed) this.#stored.delete(stored.mark.id)
    }
    return {
      get position() {
        return stored.length
      },
      async write(bytes) {
        check()
        if (stored.received && stored.length + bytes.length > stored.mark.bytes) throw wrongMark('it is longer')
        stored.pieces.push(bytes.slice())
        stored.length += bytes.length
      },
      async finish() {
        check()
        if (stored.received && stored.length !== stored.mark.bytes) throw wrongMark('its end has not come')
        stored.mark = { ...stored.mark, bytes: stored.length }
        stored.complete = true
        return stored.mark
      },
      async [Symbol.asyncDispose]() {
        left()
      },
    }
  }
}
