import { FlotillaError } from '@flotilla/core/errors'
import { sleep } from '@flotilla/core/time'
import type { Host } from '@flotilla/sim'
import type { BlobContent } from '../../src/blobs.ts'
import type { LocalStore } from '../../src/store/contract.ts'
import type { BlobId, ByteRange } from '../../src/types.ts'
import type { ShelfInput, ShelfOutput } from './shelf.ts'
import { contentsPerShelf, namesPerShelf, type Town } from './town.ts'
import { brokenSource, changedMind, troubleOf } from './troubles.ts'

/** How long customers go on after everything was mended. */
const busyAfterMendingMs = 400

/** Somebody who puts, reads, names and deletes, one thing at a time, and writes down what he was told. */
export class Customer {
  readonly #town: Town
  readonly #host: Host
  readonly #store: LocalStore
  readonly #name: string
  #mendedAtMs: number | undefined
  #isBusy = false
  /** Nobody knows whether what he asked for last has happened; this life is about to end. */
  #isLost = false

  constructor(town: Town, host: Host, store: LocalStore, name: string) {
    this.#town = town
    this.#host = host
    this.#store = store
    this.#name = name
  }

  /** He has had enough, and nothing of his is under way. */
  get isCalm(): boolean {
    const { world } = this.#town
    if (world.isMended()) this.#mendedAtMs ??= world.nowMs()
    return !this.#isBusy && this.#mendedAtMs !== undefined && world.nowMs() - this.#mendedAtMs > busyAfterMendingMs
  }

  async act(): Promise<void> {
    if (this.isCalm || this.#isLost) return
    this.#isBusy = true
    try {
      await this.#draw()
    } finally {
      this.#isBusy = false
    }
  }

  #draw(): Promise<void> {
    const { random } = this.#host
    const shelf = random.below(this.#town.shelves)
    const content = random.below(contentsPerShelf)
    const name = random.below(namesPerShelf)
    const drawn = random.below(20)
    if (drawn < 6) return this.#put(shelf, content, random.chance(1, 2) ? name : undefined)
    if (drawn < 10) return this.#get(shelf, content)
    if (drawn < 12) return this.#getByName(shelf, name)
    if (drawn < 16) return this.#change({ type: 'delete', shelf, content })
    if (drawn < 17) return this.#change({ type: 'pin', shelf, content })
    if (drawn < 18) return this.#change({ type: 'unpin', shelf, content })
    if (drawn < 19) return this.#change({ type: 'name', shelf, name, content })
    return this.#record({ type: 'unname', shelf, name }, () => this.#store.unname(nameOf(shelf, name)))
  }

  #put(shelf: number, content: number, name: number | undefined): Promise<void> {
    const { random } = this.#host
    const bytes = this.#town.contentOf(shelf, content)
    const cancel = new AbortController()
    const source = random.chance(1, 3) ? bytes.slice() : this.#stream(bytes, cancel)
    const options = { signal: cancel.signal, ...(name === undefined ? {} : { name: nameOf(shelf, name) }) }
    return this.#record({ type: 'put', shelf, content, name }, async () => {
      const rival = random.chance(1, 4) ? this.#giveUp(bytes) : undefined
      const putting = this.#store.put(source, options)
      await Promise.allSettled([putting, rival])
      const { id, size } = await putting
      this.#town.learn(shelf, content, id)
      if (size !== bytes.length) this.#host.fail('A put says how much it has taken.', `${size} for ${bytes.length}`)
      return 'done'
    })
  }

  /** Somebody else who puts the same at the same time, and never comes to its end. */
  async #giveUp(bytes: Uint8Array): Promise<void> {
    const { random } = this.#host
    const breaking = async function* (): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 1_000) yield await Promise.resolve(bytes.slice(at, at + 1_000))
      throw brokenSource
    }
    try {
      if (random.chance(1, 2)) await sleep(this.#host.clock, random.below(10))
      await this.#store.put(breaking())
    } catch (error) {
      this.#trouble(error)
    }
  }

  /** In pieces, with pauses; now and then it breaks, or whoever puts it changes his mind. */
  async *#stream(bytes: Uint8Array, cancel: AbortController): AsyncGenerator<Uint8Array> {
    const { random, clock } = this.#host
    const pieceBytes = random.pick([100, 1_000, 10_000])
    const end = random.chance(1, 8) ? random.below(bytes.length + 1) : Infinity
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      if (random.chance(1, 4)) await sleep(clock, random.below(30))
      if (at >= end) {
        if (random.chance(1, 2)) throw brokenSource
        cancel.abort(changedMind)
      }
      yield bytes.slice(at, at + pieceBytes)
    }
  }

  #get(shelf: number, content: number): Promise<void> {
    const id = this.#town.idOf(shelf, content)
    if (id === undefined) return Promise.resolve()
    return this.#look({ type: 'look', shelf, content }, id, async (found) => {
      await this.#verify(found, this.#town.contentOf(shelf, content))
    })
  }

  #getByName(shelf: number, name: number): Promise<void> {
    return this.#look({ type: 'look-by-name', shelf, name }, nameOf(shelf, name), async (found) => {
      const content = this.#town.contentWith(shelf, found.id)
      if (content !== undefined) await this.#verify(found, this.#town.contentOf(shelf, content))
    })
  }

  /** That it is there is one thing, told at once; that its bytes are right is another. */
  async #look(input: ShelfInput, ref: string, read: (found: BlobContent) => Promise<void>): Promise<void> {
    let found: BlobContent | undefined
    const range = this.#host.random.chance(1, 2)
    await this.#record(input, async () => {
      try {
        const size = range ? (await this.#store.stat(ref))?.size : undefined
        found = await this.#store.get(ref, size === undefined ? {} : { range: this.#range(size) })
      } catch (error) {
        // A name may stand for another blob by now, which is shorter.
        if (codeOf(error) === 'not-found') return 'not-found'
        if (codeOf(error) === 'wrong-request' && input.type === 'look-by-name') throw changedMind
        throw error
      }
      return input.type === 'look' ? 'done' : (this.#town.contentWith(input.shelf, found.id) ?? 'not-found')
    })
    if (found === undefined) return
    try {
      await read(found)
    } catch (error) {
      this.#trouble(error)
    }
  }

  #range(size: number): ByteRange {
    const start = this.#host.random.below(size + 1)
    return { start, length: this.#host.random.below(size - start + 1) }
  }

  /** Reads on with pauses, whatever happens to the blob meanwhile. */
  async #verify(found: BlobContent, bytes: Uint8Array): Promise<void> {
    const { random, clock } = this.#host
    const pauses = random.chance(1, 2)
    const { start, length } = found.range
    if (found.size !== bytes.length) this.#host.fail('A blob has the size that was put.', `${found.size}`)
    if (pauses) await sleep(clock, random.below(300))
    let at = start
    for await (const piece of found) {
      if (piece.some((byte, index) => byte !== bytes[at + index])) {
        return this.#host.fail('No wrong byte is ever returned.', `${found.id} from ${at} on`)
      }
      at += piece.length
      if (pauses) await sleep(clock, random.below(100))
    }
    if (at !== start + length) this.#host.fail('All bytes are returned.', `${at - start} in place of ${length}`)
    if (this.#town.world.isMended()) this.#town.isServed = true
  }

  #change(
    input: ShelfInput & { readonly type: 'delete' | 'pin' | 'unpin' | 'name'; readonly content: number },
  ): Promise<void> {
    const id = this.#town.idOf(input.shelf, input.content)
    if (id === undefined) return Promise.resolve()
    return this.#record(input, async () => {
      try {
        return await this.#do(input, id)
      } catch (error) {
        const code = codeOf(error)
        if (code === 'not-found' || code === 'pinned') return code
        throw error
      }
    })
  }

  async #do(input: ShelfInput, id: BlobId): Promise<ShelfOutput> {
    if (input.type === 'delete') return this.#store.delete(id)
    if (input.type === 'pin') await this.#store.pin(id)
    if (input.type === 'unpin') await this.#store.unpin(id)
    if (input.type === 'name') await this.#store.name(nameOf(input.shelf, input.name), id)
    return 'done'
  }

  async #record(input: ShelfInput, act: () => Promise<ShelfOutput>): Promise<void> {
    const operation = this.#town.invoke(this.#name, input)
    try {
      this.#town.complete(operation, await act())
    } catch (error) {
      if (this.#trouble(error)) this.#town.failed(operation)
    }
  }

  /** Whether nothing was done. */
  #trouble(error: unknown): boolean {
    if (troubleOf(this.#town, this.#host, error) === 'nothing-done') return true
    this.#isLost = true
    return false
  }
}

export function nameOf(shelf: number, name: number): string {
  return `shelf ${shelf}/name ${name}`
}

function codeOf(error: unknown): string | undefined {
  return error instanceof FlotillaError ? String(error.code) : undefined
}
