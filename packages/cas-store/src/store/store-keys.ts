import type { DataKeys } from '../sealing/contract.ts'
import type { KeyEpoch } from '../types.ts'
import { Turns } from './turns.ts'

/** What a store asks of its keyring. What it resolves with is durable. */
export interface RotatingKeys {
  readonly keys: DataKeys
  rotate(): Promise<DataKeys>
  /** Forgets all keys but these and the newest. */
  retire(needed: Iterable<KeyEpoch>): Promise<DataKeys>
  /** Writes them all again, where the catalogue may have lost some. */
  rewrite(): Promise<void>
}

/** The keys of one life of a store. */
export class StoreKeys {
  readonly #keyring: RotatingKeys
  readonly #useKeys: (keys: DataKeys) => void
  readonly #turns = new Turns()
  #hasRotated = false

  constructor(keyring: RotatingKeys, useKeys: (keys: DataKeys) => void) {
    this.#keyring = keyring
    this.#useKeys = useKeys
  }

  get newest(): KeyEpoch {
    return this.#keyring.keys.newest
  }

  rotate(): Promise<KeyEpoch> {
    return this.#turns.take('keys', async () => {
      this.#hasRotated = true
      const keys = await this.#keyring.rotate()
      this.#useKeys(keys)
      return keys.newest
    })
  }

  rewrite(): Promise<void> {
    return this.#turns.take('keys', () => this.#keyring.rewrite())
  }

  /**
   * No chunk has an older key. Whoever is writing may still hold bytes that were sealed before a rotation of this life,
   * so older keys are given up only in a life in which there was none.
   */
  settle(): Promise<void> {
    return this.#turns.take('keys', async () => {
      if (this.#hasRotated || this.#keyring.keys.keys.size === 1) return
      this.#useKeys(await this.#keyring.retire([]))
    })
  }
}
