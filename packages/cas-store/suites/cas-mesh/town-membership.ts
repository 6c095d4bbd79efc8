import type { NodeId } from '@flotilla/core/ids'
import type { Host } from '@flotilla/sim'
import type { StoreMember } from '../../src/replication/index.ts'
import type { MeshTown } from './mesh-town.ts'

/** Who is a member, and who of them is alive as one host sees it: those that it is connected with, and that serve. */
export class TownMembership implements AsyncDisposable {
  readonly #town: MeshTown
  readonly #host: Host
  readonly #awaySince = new Map<NodeId, number>()
  readonly #watchers = new Set<() => void>()
  readonly #channel: AsyncDisposable

  constructor(town: MeshTown, host: Host) {
    this.#town = town
    this.#host = host
    this.#channel = host.network.open('membership', { peer: () => this.#tell() })
  }

  members(): readonly StoreMember[] {
    const { clock, network, id } = this.#host
    const peers = new Set(network.peers())
    return this.#town.members().map((name): StoreMember => {
      const node = this.#town.idOf(name)
      const isAlive = node === id || (peers.has(node) && this.#town.up.has(name))
      if (isAlive) this.#awaySince.delete(node)
      else if (!this.#awaySince.has(node)) this.#awaySince.set(node, clock.now())
      return { node, isAlive, awaySinceMs: this.#awaySince.get(node) }
    })
  }

  watch(see: () => void): Disposable {
    this.#watchers.add(see)
    return { [Symbol.dispose]: () => void this.#watchers.delete(see) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel[Symbol.asyncDispose]()
  }

  #tell(): void {
    for (const see of this.#watchers) see()
  }
}
