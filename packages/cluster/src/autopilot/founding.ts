import { FlotillaError } from '@flotilla/core/errors'

/** Where it is kept who founds the cluster's groups. */
export interface FoundingStore {
  load(): Promise<Uint8Array | undefined>
  /** Durable when it resolves. */
  save(bytes: Uint8Array): Promise<void>
}

/**
 * Which part a node has in the founding of its cluster's groups. Somebody must create them, and exactly one, once: two
 * that do would be two majorities that know nothing of each other.
 *
 * - `unknown`: nothing was ever noted; a cluster from before there were groups.
 * - `founding`: this node makes the cluster, and creates the groups if it has not yet.
 * - `founded`: it has created them, and never does again, even if its disk has lost them.
 * - `joined`: others have the cluster already.
 */
export type FoundingState = 'unknown' | 'founding' | 'founded' | 'joined'

const heading = 'flotilla founding 1 '

/** Each note is durable before what it allows happens, so being killed in between repeats it or gives it up. */
export class Founding {
  readonly #store: FoundingStore
  #state: FoundingState

  private constructor(store: FoundingStore, state: FoundingState) {
    this.#store = store
    this.#state = state
  }

  /** Rejects with `damaged` rather than to guess. */
  static async open(store: FoundingStore): Promise<Founding> {
    return new Founding(store, stateIn(await store.load()))
  }

  get state(): FoundingState {
    return this.#state
  }

  /** To be called before the cluster is made, and before the groups of an old one are. */
  async begins(): Promise<void> {
    if (this.#state === 'founded') {
      throw new FlotillaError('already-founded', 'this node has founded the groups of its cluster already', {
        hint: 'if its disk has lost them, the other members still have them: do not found them anew',
      })
    }
    await this.#note('founding')
  }

  /** To be called before this node comes into a cluster that others have made. */
  async joins(): Promise<void> {
    if (this.#state !== 'founded') await this.#note('joined')
  }

  /** To be called when the groups are durable on this node's disk. */
  async done(): Promise<void> {
    if (this.#state === 'founding') await this.#note('founded')
  }

  async #note(state: FoundingState): Promise<void> {
    if (this.#state === state) return
    await this.#store.save(new TextEncoder().encode(`${heading}${state}\n`))
    this.#state = state
  }
}

function stateIn(bytes: Uint8Array | undefined): FoundingState {
  if (bytes === undefined) return 'unknown'
  const text = new TextDecoder().decode(bytes)
  const states = ['founding', 'founded', 'joined'] as const
  const found = states.find((state) => text === `${heading}${state}\n`)
  if (found !== undefined) return found
  throw new FlotillaError('damaged', 'the note of who founded the groups of this cluster is damaged', {
    hint: 'restore it from a backup; it was left as it is',
  })
}
