import type { GrowingPack, PackWriter } from '../packs/index.ts'
import type { Catalogue } from '../catalogue/contract.ts'
import type { ChunkId } from '../types.ts'
import type { ByteBudget } from './byte-budget.ts'
import { Settling, type ChunksUnderWay, type ChunkUnderWay } from './chunks-under-way.ts'
import type { FinishedRecords } from './contract.ts'
import type { VaultInstruments } from './instruments.ts'

export interface FinishedIntakeOptions {
  readonly catalogue: Catalogue
  readonly writer: PackWriter
  readonly underWay: ChunksUnderWay
  readonly budget: ByteBudget
  readonly instruments: VaultInstruments
}

type Hold = (chunk: ChunkUnderWay) => void

/** Takes chunks that were sealed before anybody asked whether they are here; what is, is thrown away. */
export class FinishedIntake {
  readonly #options: FinishedIntakeOptions

  constructor(options: FinishedIntakeOptions) {
    this.#options = options
  }

  /**
   * Resolves with 1 for each of them that was here before, or stands among them before, and is touched or held. The
   * others have their place in a pack, and `hold` was called for them, as in `Intake`.
   */
  async store(records: FinishedRecords, hold: Hold, signal?: AbortSignal): Promise<Uint8Array> {
    const isKnown = new Uint8Array(records.ids.length).fill(1)
    const distinct = new Map<ChunkId, number>()
    for (const [index, id] of records.ids.entries()) if (!distinct.has(id)) distinct.set(id, index)
    let open = [...distinct.values()]
    const task: Task = { records, isKnown, hold, reading: new Reading(records.release) }
    while (open.length > 0) {
      signal?.throwIfAborted()
      open = await this.#round(task, open)
    }
    task.reading.end()
    return isKnown
  }

  /** Those of which it is not known yet what became of them: see `Intake`. */
  async #round(task: Task, open: readonly number[]): Promise<number[]> {
    const { underWay } = this.#options
    const { records, hold } = task
    const settling = new Settling()
    const [mine, others]: [Item[], Item[]] = [[], []]
    for (const index of open) {
      const id = records.ids[index] as ChunkId
      const other = underWay.get(id)
      if (other === undefined) mine.push({ index, chunk: underWay.begin(id, settling) })
      else others.push({ index, chunk: other })
    }
    try {
      if (mine.length > 0) await this.#bring(task, mine)
    } finally {
      for (const { chunk } of mine) if (chunk.stored === undefined) underWay.end(chunk)
      settling.settle()
    }
    const left: number[] = []
    for (const { index, chunk } of others) {
      if (chunk.stored === undefined) await chunk.settling.settled
      if (chunk.stored !== undefined && !chunk.isLost && underWay.get(chunk.id) === chunk) hold(chunk)
      else left.push(index)
    }
    return left
  }

  async #bring(task: Task, mine: readonly Item[]): Promise<void> {
    const { catalogue, instruments, budget } = this.#options
    const { records, reading } = task
    const places = await catalogue.touch(mine.map(({ chunk }) => chunk.id))
    const missing = mine.filter((_, at) => places[at] === undefined)
    instruments.known(mine.length - missing.length)
    if (missing.length === 0) return
    let bytes = 0
    for (const { index } of missing) bytes += endOf(records, index) - endOf(records, index - 1)
    await budget.take(bytes)
    let isWriting = false
    try {
      const ends = this.#append(task, missing)
      instruments.stored(missing.length, bytes)
      isWriting = true
      reading.begin()
      void written(ends)
        .then(() => reading.end())
        // What could not be written is told to those who commit it.
        .catch(() => {})
        .finally(() => budget.give(bytes))
    } finally {
      if (!isWriting) budget.give(bytes)
    }
  }

  /** Where they end in which packs. */
  #append(task: Task, missing: readonly Item[]): ReadonlyMap<GrowingPack, number> {
    const packEnds = new Map<GrowingPack, number>()
    for (let first = 0; first < missing.length;) {
      // What lies between two that are missing is known, and left out.
      let last = first + 1
      while (last < missing.length && missing[last]?.index === (missing[last - 1]?.index ?? 0) + 1) last++
      this.#appendStretch(task, missing.slice(first, last), packEnds)
      first = last
    }
    return packEnds
  }

  #appendStretch({ records, isKnown, hold }: Task, stretch: readonly Item[], packEnds: Map<GrowingPack, number>): void {
    const { writer } = this.#options
    const { kind, epoch } = records
    const start = endOf(records, (stretch[0]?.index ?? 0) - 1)
    const ends = stretch.map(({ index }) => endOf(records, index) - start)
    let at = 0
    for (const { pack, position, count } of writer.appendFinished(records.bytes.subarray(start), ends)) {
      const before = ends[at - 1] ?? 0
      for (const last = at + count; at < last; at++) {
        const item = stretch[at]
        const [from, to] = [ends[at - 1] ?? 0, ends[at] ?? 0]
        if (item === undefined) continue
        const place = { pack: pack.id, position: position + from - before, length: to - from }
        isKnown[item.index] = 0
        item.chunk.stored = { row: { id: item.chunk.id, kind, epoch, place }, pack }
        hold(item.chunk)
        writer.release(pack) // The hold of the session has taken its place.
        packEnds.set(pack, place.position + place.length)
      }
    }
  }
}

interface Task {
  readonly records: FinishedRecords
  readonly isKnown: Uint8Array
  readonly hold: Hold
  readonly reading: Reading
}

/** Who still reads the records. Where one of them fails, their memory is left to the collector. */
class Reading {
  readonly #release: (() => void) | undefined
  #readers = 1

  constructor(release: (() => void) | undefined) {
    this.#release = release
  }

  begin(): void {
    this.#readers++
  }

  end(): void {
    if (--this.#readers === 0) this.#release?.()
  }
}

/** One of the records, and what becomes of its chunk. */
interface Item {
  readonly index: number
  readonly chunk: ChunkUnderWay
}

function endOf({ ends }: FinishedRecords, index: number): number {
  return ends[index] ?? 0
}

/** Some may be in the pack that was under way, and some in the next one. */
async function written(packEnds: ReadonlyMap<GrowingPack, number>): Promise<void> {
  const waits = await Promise.allSettled(Array.from(packEnds, ([pack, end]) => pack.written(end)))
  for (const wait of waits) if (wait.status === 'rejected') throw wait.reason
}
