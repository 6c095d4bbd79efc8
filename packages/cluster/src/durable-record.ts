import type { ClusterStore, RecordName } from './ports.ts'

/** Keeps one record of the store in step with what it is made of. Saves never overlap, and one serves all who wait. */
export class DurableRecord {
  readonly #store: ClusterStore
  readonly #name: RecordName
  readonly #encode: () => Uint8Array
  /** How many changes were announced, and how many of them are durable. `0 <= saved <= changes`. */
  #changes = 0
  #saved = 0
  #saving: Promise<void> | undefined

  constructor(store: ClusterStore, name: RecordName, encode: () => Uint8Array) {
    this.#store = store
    this.#name = name
    this.#encode = encode
  }

  changed(): void {
    this.#changes++
  }

  get isDurable(): boolean {
    return this.#saved === this.#changes
  }

  /** Resolves when everything that changed before this call is durable; rejects if it could not be saved. */
  async persist(): Promise<void> {
    const wanted = this.#changes
    while (this.#saved < wanted) {
      // Whoever began the present save hears of its failure; we begin another one then.
      if (this.#saving === undefined) await this.#save()
      else await this.#saving.catch(() => {})
    }
  }

  #save(): Promise<void> {
    const changes = this.#changes
    const save = async (): Promise<void> => {
      try {
        await this.#store.save(this.#name, this.#encode())
        this.#saved = changes
      } finally {
        this.#saving = undefined
      }
    }
    this.#saving = save()
    return this.#saving
  }
}
