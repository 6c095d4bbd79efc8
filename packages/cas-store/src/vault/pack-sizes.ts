import type { PackReader, PackWriter } from '../packs/index.ts'
import { codeOf } from '../store/errors.ts'
import type { PackId } from '../types.ts'

/**
 * How long the files of packs are. Those that nobody writes never change, so each is asked for once: a number a pack.
 */
export class PackSizes {
  readonly #reader: PackReader
  readonly #writer: PackWriter
  readonly #sizes = new Map<PackId, number>()

  constructor(options: { readonly reader: PackReader; readonly writer: PackWriter }) {
    this.#reader = options.reader
    this.#writer = options.writer
  }

  /** Undefined when it is not there. */
  async of(pack: PackId): Promise<number | undefined> {
    const known = this.#sizes.get(pack)
    if (known !== undefined) return known
    const isHeld = this.#writer.held().has(pack)
    try {
      const size = await this.#reader.size(pack)
      if (!isHeld) this.#sizes.set(pack, size)
      return size
    } catch (error) {
      if (codeOf(error) !== 'not-found') throw error
      return undefined
    }
  }

  forget(pack: PackId): void {
    this.#sizes.delete(pack)
  }
}
