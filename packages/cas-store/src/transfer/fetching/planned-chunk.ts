import type { NodeId } from '@flotilla/core/ids'
import type { WantedChunk } from '../../tree/contract.ts'
import type { ChunkKind } from '../../types.ts'

/** What tells wanted chunks apart: the kind is part of what an id is made of, so a chunk has one key. */
export type ChunkKey = string & { readonly brand: 'ChunkKey' }

export function keyOf({ kind, id }: Pick<WantedChunk, 'kind' | 'id'>): ChunkKey {
  return `${kind} ${id}` as ChunkKey
}

/** One chunk that is wanted, until it has come or nobody can give it. */
export interface PlannedChunk {
  readonly key: ChunkKey
  readonly wanted: WantedChunk
  /** About as many bytes as it will take. */
  readonly bytes: number
  state: 'waiting' | 'asked' | 'done'
  /** Who has been asked for it and has not answered. Not empty if and only if it is `asked`. */
  readonly askedOf: Set<NodeId>
  readonly lackedBy: Set<NodeId>
}

/** Chunks that wait to be asked for, lists before data, and otherwise in the order in which they were wanted. */
export class WaitingChunks {
  readonly #queues: { readonly [Kind in ChunkKind]: Queue } = { list: new Queue(), data: new Queue() }

  get bytes(): number {
    return this.#queues.list.bytes + this.#queues.data.bytes
  }

  get isEmpty(): boolean {
    return this.#queues.list.first === undefined && this.#queues.data.first === undefined
  }

  add(chunk: PlannedChunk): void {
    this.#queues[chunk.wanted.kind].add(chunk)
  }

  /** Before those that wait already: they have waited longest. In their order. */
  putBack(chunks: readonly PlannedChunk[]): void {
    for (const kind of ['list', 'data'] as const) {
      this.#queues[kind].putBack(chunks.filter(({ wanted }) => wanted.kind === kind))
    }
  }

  /** Some chunks of one kind that may be taken, at most so many; they wait no more. */
  take(room: BatchRoom, mayTake: (chunk: PlannedChunk) => boolean): PlannedChunk[] {
    const lists = this.#queues.list.take(room, mayTake)
    return lists.length > 0 ? lists : this.#queues.data.take(room, mayTake)
  }

  remove(chunk: PlannedChunk): void {
    this.#queues[chunk.wanted.kind].remove(chunk)
  }

  *[Symbol.iterator](): Generator<PlannedChunk> {
    yield* this.#queues.list
    yield* this.#queues.data
  }
}

export interface BatchRoom {
  readonly chunks: number
  /** The first chunk is taken even if it has more. */
  readonly bytes: number
}

class Queue {
  /** A set keeps the order of insertion, and forgets without moving the others. */
  #chunks = new Set<PlannedChunk>()
  bytes = 0

  get first(): PlannedChunk | undefined {
    return this.#chunks.values().next().value
  }

  add(chunk: PlannedChunk): void {
    this.#chunks.add(chunk)
    this.bytes += chunk.bytes
  }

  putBack(chunks: readonly PlannedChunk[]): void {
    if (chunks.length === 0) return
    this.#chunks = new Set([...chunks, ...this.#chunks])
    for (const { bytes } of chunks) this.bytes += bytes
  }

  remove(chunk: PlannedChunk): void {
    if (this.#chunks.delete(chunk)) this.bytes -= chunk.bytes
  }

  take(room: BatchRoom, mayTake: (chunk: PlannedChunk) => boolean): PlannedChunk[] {
    const taken: PlannedChunk[] = []
    let bytes = 0
    for (const chunk of this.#chunks) {
      if (taken.length > 0 && (bytes + chunk.bytes > room.bytes || taken.length >= room.chunks)) break
      if (!mayTake(chunk)) continue
      taken.push(chunk)
      bytes += chunk.bytes
    }
    for (const chunk of taken) this.remove(chunk)
    return taken
  }

  [Symbol.iterator](): Iterator<PlannedChunk> {
    return this.#chunks.values()
  }
}
