import type { WantedChunk } from '../../tree/contract.ts'
import { keyOf, type ChunkKey } from './planned-chunk.ts'

interface Job {
  readonly wanted: readonly WantedChunk[]
  readonly chunks: Uint8Array[]
  missing: number
  readonly resolve: (chunks: readonly Uint8Array[]) => void
  readonly reject: (error: unknown) => void
}

interface Place {
  readonly job: Job
  readonly index: number
}

const nothing = new Uint8Array(0)

/** Who waits for which chunks. */
export class FetchJobs {
  readonly #waiting = new Map<ChunkKey, Place[]>()

  /** Resolves when all of them have been delivered. `giveUp` takes it out again, and returns what nobody else wants. */
  add(wanted: readonly WantedChunk[]): {
    readonly chunks: Promise<readonly Uint8Array[]>
    readonly giveUp: (error: unknown) => readonly ChunkKey[]
  } {
    const { promise, resolve, reject } = Promise.withResolvers<readonly Uint8Array[]>()
    const chunks = Array.from({ length: wanted.length }, () => nothing)
    const job: Job = { wanted, chunks, missing: wanted.length, resolve, reject }
    for (const [index, each] of wanted.entries()) {
      const key = keyOf(each)
      const places = this.#waiting.get(key)
      if (places === undefined) this.#waiting.set(key, [{ job, index }])
      else places.push({ job, index })
    }
    return { chunks: promise, giveUp: (error) => this.#giveUp(job, error) }
  }

  /** Returns to how many places: as often it is let go of. */
  deliver(key: ChunkKey, bytes: Uint8Array): number {
    const places = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    for (const { job, index } of places) {
      job.chunks[index] = bytes
      job.missing--
      if (job.missing === 0) job.resolve(job.chunks)
    }
    return places.length
  }

  /** Rejects whoever waits for that one; returns what nobody wants any more. */
  fail(key: ChunkKey, error: unknown): readonly ChunkKey[] {
    return (this.#waiting.get(key) ?? []).flatMap(({ job }) => [...this.#giveUp(job, error)])
  }

  failAll(error: unknown): void {
    for (const key of this.#waiting.keys()) this.fail(key, error)
  }

  #giveUp(job: Job, error: unknown): readonly ChunkKey[] {
    const unwanted: ChunkKey[] = []
    for (const each of job.wanted) {
      const key = keyOf(each)
      const others = this.#waiting.get(key)?.filter((place) => place.job !== job)
      if (others === undefined) continue
      if (others.length > 0) {
        this.#waiting.set(key, others)
        continue
      }
      this.#waiting.delete(key)
      unwanted.push(key)
    }
    job.reject(error)
    return unwanted
  }
}
