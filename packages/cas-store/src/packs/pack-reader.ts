import type { ChunkPlace, PackId } from '../types.ts'
import { Gate } from './gate.ts'
import type { PackFiles } from './pack-files.ts'

/** Records of one pack that are read in one go, with what lies between them. */
export interface ReadRun<Item extends HasPlace> {
  readonly pack: PackId
  readonly position: number
  readonly length: number
  /** By position. */
  readonly items: readonly Item[]
}

export interface HasPlace {
  readonly place: ChunkPlace
}

export interface RunLimits {
  /** A run is no longer, unless it is a single record. */
  readonly readRunBytesMax: number
  /** What lies between two records is read too, up to so much, rather than reading twice. */
  readonly readGapBytesMax: number
}

/** Joins neighbours: the chunks of a blob lie one after the other, so it is mostly read in long runs. */
export function readRuns<Item extends HasPlace>(items: readonly Item[], limits: RunLimits): readonly ReadRun<Item>[] {
  const sorted = items.toSorted(byPlace)
  const runs: ReadRun<Item>[] = []
  let run: Item[] = []
  let end = 0
  const finish = (): void => {
    const [head] = run
    if (head === undefined) return
    const { pack, position } = head.place
    runs.push({ pack, position, length: end - position, items: run })
  }
  for (const item of sorted) {
    const { pack, position, length } = item.place
    const [head] = run
    const joins =
      head !== undefined &&
      head.place.pack === pack &&
      position - end <= limits.readGapBytesMax &&
      Math.max(end, position + length) - head.place.position <= limits.readRunBytesMax
    if (joins) {
      run.push(item)
      end = Math.max(end, position + length)
    } else {
      finish()
      run = [item]
      end = position + length
    }
  }
  finish()
  return runs
}

export interface PackReaderOptions {
  readonly files: PackFiles
  /** Runs that are read at the same time; with `readRunBytesMax` this bounds the memory. */
  readonly readsMax: number
}

export class PackReader {
  readonly #files: PackFiles
  readonly #gate: Gate

  constructor(options: PackReaderOptions) {
    this.#files = options.files
    this.#gate = new Gate(options.readsMax)
  }

  /**
   * Reads a run and lets `take` do what it has to do with the records' bytes, in the order of the items; they are
   * shorter where the pack ends. They lie in the memory that `slab` gives, when it is their turn. Rejects with
   * `not-found` when there is no such pack.
   */
  read<Item extends HasPlace, Result>(
    run: ReadRun<Item>,
    take: (records: readonly Uint8Array[]) => Promise<Result>,
    signal?: AbortSignal,
    slab?: (byteLength: number) => Uint8Array,
  ): Promise<Result> {
    return this.#gate.run(async () => {
      signal?.throwIfAborted()
      const into = slab?.(run.length)
      const bytes = await this.#files.use(run.pack, (file) => file.read(run.position, run.length, into))
      const records = run.items.map(({ place }) => {
        const at = place.position - run.position
        return bytes.subarray(at, at + place.length)
      })
      return take(records)
    })
  }

  /** The first bytes of a pack, as many as there are. */
  head(pack: PackId, length: number): Promise<Uint8Array> {
    return this.#gate.run(() => this.#files.use(pack, (file) => file.read(0, length)))
  }

  /** How long its file is. */
  size(pack: PackId): Promise<number> {
    return this.#gate.run(() => this.#files.use(pack, (file) => Promise.resolve(file.size)))
  }
}

function byPlace(one: HasPlace, other: HasPlace): number {
  if (one.place.pack !== other.place.pack) return one.place.pack < other.place.pack ? -1 : 1
  return one.place.position - other.place.position
}
