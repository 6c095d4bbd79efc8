import type { WorldView } from '@flotilla/sim'
import { HistoryRecorder, type OperationId } from '@flotilla/sim/history'
import type { BlobId } from '../../src/types.ts'
import { contentsOf } from './content.ts'
import type { ShelfInput, ShelfOutput } from './shelf.ts'

export const contentsPerShelf = 2
export const namesPerShelf = 2

/** What one run knows, over all lives of its host. */
export class Town {
  readonly world: WorldView
  /** Whether bits rot: then content may be lost, if that is told. */
  readonly mayRot: boolean
  readonly shelves: number
  readonly contents: readonly Uint8Array[]
  /** Of each content that was put once: ids never change. */
  readonly #ids = new Map<number, BlobId>()
  readonly history: HistoryRecorder<ShelfInput, ShelfOutput>
  readonly #inFlight = new Set<OperationId>()
  /** Its disk held what was never written: it stays out for good. */
  isRotten = false
  /** Something was put, and read again, after everything was mended. */
  isServed = false
  /** All was looked through in the end, and everything was as it should be. */
  isTidy = false

  constructor(world: WorldView, mayRot: boolean) {
    this.world = world
    this.mayRot = mayRot
    this.shelves = world.random.between(1, 3)
    this.contents = contentsOf(world.random, this.shelves * contentsPerShelf)
    this.history = new HistoryRecorder({ nowMs: () => world.nowMs() })
  }

  contentOf(shelf: number, content: number): Uint8Array {
    return this.contents[shelf * contentsPerShelf + content] ?? new Uint8Array(0)
  }

  /** What was put has an id; it must be the same each time. */
  learn(shelf: number, content: number, id: BlobId): void {
    const index = shelf * contentsPerShelf + content
    const known = this.#ids.get(index)
    if (known !== undefined && known !== id) {
      this.world.fail('The same content has the same id.', `${known} and ${id}`)
    }
    this.#ids.set(index, id)
  }

  idOf(shelf: number, content: number): BlobId | undefined {
    return this.#ids.get(shelf * contentsPerShelf + content)
  }

  /** Which content of that shelf has this id. */
  contentWith(shelf: number, id: BlobId): number | undefined {
    for (let content = 0; content < contentsPerShelf; content++) if (this.idOf(shelf, content) === id) return content
    return undefined
  }

  /** A new life begins: what was under way in the last one has happened by now, or never will. */
  begin(): void {
    for (const id of this.#inFlight) this.history.complete(id, 'cut')
    this.#inFlight.clear()
  }

  invoke(client: string, input: ShelfInput): OperationId {
    const id = this.history.invoke(client, input)
    this.#inFlight.add(id)
    return id
  }

  complete(id: OperationId, output: ShelfOutput): void {
    this.#inFlight.delete(id)
    this.history.complete(id, output)
  }

  /** It certainly did nothing. */
  failed(id: OperationId): void {
    this.#inFlight.delete(id)
    this.history.fail(id)
  }
}
