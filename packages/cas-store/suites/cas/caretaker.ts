import type { Host } from '@flotilla/sim'
import type { LocalStore } from '../../src/store/contract.ts'
import { pagesOf } from '../../src/store/collecting.ts'
import { walkBlob } from '../../src/tree/blob-walk.ts'
import type { Customer } from './customer.ts'
import { nameOf } from './customer.ts'
import { liveShareMin, vaultLimits } from './settings.ts'
import { contentsPerShelf, namesPerShelf, type Town } from './town.ts'
import { troubleOf } from './troubles.ts'

/** Collects, checks and rotates beside the customers, and in the end looks whether all is in order. */
export class Caretaker {
  readonly #town: Town
  readonly #host: Host
  readonly #store: LocalStore
  readonly #customers: Customer[] = []
  #isAtWork = 0

  constructor(town: Town, host: Host, store: LocalStore) {
    this.#town = town
    this.#host = host
    this.#store = store
  }

  watch(customer: Customer): void {
    this.#customers.push(customer)
  }

  collect(): Promise<void> {
    return this.#work(() => this.#store.collectGarbage())
  }

  check(): Promise<void> {
    return this.#work(() => this.#verdict())
  }

  rotate(): Promise<void> {
    return this.#work(() => this.#store.rotateKey())
  }

  /** When all have had enough: nothing is left but what is needed, and that is whole. */
  async finish(): Promise<void> {
    if (this.#town.isTidy || this.#isAtWork > 0 || !this.#customers.every(({ isCalm }) => isCalm)) return
    this.#isAtWork++
    try {
      await this.#tidy()
    } catch (error) {
      troubleOf(this.#town, this.#host, error)
    } finally {
      this.#isAtWork--
    }
  }

  async #tidy(): Promise<void> {
    const { random } = this.#host
    await this.#lookAtAll()
    // Those of the customers before this one, and what they were reading, may hold some of it for the first.
    await this.#store.collectGarbage()
    await this.#store.collectGarbage()
    if (!this.#town.mayRot) await this.#nothingLeaks()
    await this.#verdict()
    const { id } = await this.#store.put(random.bytes(random.below(5_000)))
    for await (const _ of await this.#store.get(id));
    this.#town.isServed = true
    this.#town.isTidy = true
  }

  async #work(act: () => Promise<unknown>): Promise<void> {
    if (this.#town.isTidy || this.#customers.every(({ isCalm }) => isCalm)) return
    this.#isAtWork++
    try {
      await act()
    } catch (error) {
      troubleOf(this.#town, this.#host, error)
    } finally {
      this.#isAtWork--
    }
  }

  async #verdict(): Promise<void> {
    const { damaged, missing, blobsHurt } = await this.#store.check()
    if (this.#town.mayRot || damaged + missing + blobsHurt.length === 0) return
    const detail = `${damaged} damaged, ${missing} missing, ${blobsHurt.length} blobs hurt`
    this.#host.fail('Without rot a check finds nothing.', detail)
  }

  /** The last words of the history: what was acknowledged is there, what was deleted is not. */
  async #lookAtAll(): Promise<void> {
    const { town } = { town: this.#town }
    for (let shelf = 0; shelf < town.shelves; shelf++) {
      for (let content = 0; content < contentsPerShelf; content++) {
        const id = town.idOf(shelf, content)
        if (id === undefined) continue
        const stat = await this.#store.stat(id)
        const operation = town.invoke(`${this.#host.name}/${this.#host.incarnation}/end`, {
          type: 'look',
          shelf,
          content,
        })
        town.complete(operation, stat === undefined ? 'not-found' : 'done')
      }
      for (let name = 0; name < namesPerShelf; name++) {
        const stat = await this.#store.stat(nameOf(shelf, name))
        const input = { type: 'look-by-name' as const, shelf, name }
        const operation = town.invoke(`${this.#host.name}/${this.#host.incarnation}/end`, input)
        town.complete(operation, stat === undefined ? 'not-found' : (town.contentWith(shelf, stat.id) ?? 'not-found'))
      }
    }
  }

  async #nothingLeaks(): Promise<void> {
    const { vault } = this.#store
    const needed = new Set<string>()
    for await (const rows of pagesOf(vault.catalogue, 10)) {
      for (const row of rows) {
        await walkBlob(row, {
          source: vault,
          visit: (chunks) => {
            for (const { id } of chunks) needed.add(id)
            return chunks.map(({ id }) => id)
          },
        })
      }
    }
    const { chunks } = await vault.catalogue.counts()
    if (chunks !== needed.size)
      this.#host.fail('Only what is needed is kept.', `${chunks} chunks, ${needed.size} needed`)
    const { bytes, bytesLive } = await vault.usage()
    const bytesMax = bytesLive / liveShareMin + 3 * (vaultLimits.packBytesMax ?? 0)
    if (bytes > bytesMax) this.#host.fail('The disk is given back.', `${bytes} bytes for ${bytesLive} that are needed`)
  }
}
