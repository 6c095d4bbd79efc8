import type { NodeId } from '@flotilla/core/ids'
import type { Host, HostSpec, Suite, WorldView } from '@flotilla/sim'
import { memoryFacts, MemoryLinkWorld, type MemoryProcess } from '../src/testing/index.ts'
import { atMostOnce } from './mesh/invariants/at-most-once.ts'
import { authenticity } from './mesh/invariants/authenticity.ts'
import { bounds } from './mesh/invariants/bounds.ts'
import { goodFaith } from './mesh/invariants/good-faith.ts'
import { oneConnection } from './mesh/invariants/one-connection.ts'
import { streamOrder } from './mesh/invariants/stream-order.ts'
import { linkAdversary } from './mesh/link-adversary.ts'
import { MeshLedger } from './mesh/mesh-ledger.ts'
import { addressOf, MeshNode } from './mesh/mesh-node.ts'

/** Longer than any signs of life that are missing would go unnoticed. */
const staysWholeMs = 11_000

/** The nodes of one run, and which of them are reached by which. */
class Mesh {
  readonly ledger = new MeshLedger()
  readonly ids: readonly NodeId[]
  readonly links: MemoryLinkWorld
  readonly #world: WorldView
  readonly #running = new Map<NodeId, MeshNode>()
  readonly #processes = new Map<NodeId, MemoryProcess>()
  /** Pairs between which a request went through after everything was mended. */
  readonly #proved = new Set<string>()
  #wholeSinceMs: number | undefined

  constructor(world: WorldView) {
    const { random } = world
    this.#world = world
    this.ids = Array.from({ length: random.between(3, 5) }, (_, index) => `node-${index}` as NodeId)
    this.links = new MemoryLinkWorld({
      prng: random.split('links'),
      weather: {
        delayMs: [0, random.pick([0, 1, 20, 100])],
        pieceBytesMax: random.pick([50, 3_000, 65_536, 65_536]),
        bytesPerMs: random.pick([100, 10_000, Infinity]),
        socketBufferBytes: random.pick([1_000, 65_536]),
      },
    })
  }

  host(id: NodeId): HostSpec {
    return { name: id, start: (host) => this.#start(host, id) }
  }

  async #start(host: Host, id: NodeId): Promise<AsyncDisposable> {
    const former = this.#processes.get(id)
    if (former !== undefined) this.links.kill(former, { silently: host.random.chance(1, 2) })
    const process = { facts: memoryFacts(id), clock: host.clock, address: addressOf(id) }
    this.#processes.set(id, process)
    const others = this.ids.filter((other) => other !== id)
    const node = await MeshNode.start({
      host: { ...host, id },
      links: this.links.links(process),
      others,
      ledger: this.ledger,
    })
    this.#running.set(id, node)
    void this.#prove(host, id, node)
    return {
      [Symbol.asyncDispose]: async () => {
        this.#running.delete(id)
        await node[Symbol.asyncDispose]()
        this.links.kill(process)
      },
    }
  }

  /** Once everything is mended, asks everybody again and again until each has answered. */
  async #prove(host: Host, id: NodeId, node: MeshNode): Promise<void> {
    while (this.#running.get(id) === node) {
      await new Promise<void>((resolve) => host.clock.wakeAt((host.clock.now() + 500) as never, resolve))
      if (!this.#world.isMended()) continue
      for (const other of this.ids) {
        if (other !== id && (await node.reaches(other))) this.#proved.add(`${id} ${other}`)
      }
    }
  }

  allReached(): boolean {
    const pairs = this.ids.length * (this.ids.length - 1)
    return this.#proved.size === pairs
  }

  /** Everybody has been connected with everybody, by one link for each two, for a while. */
  staysWhole(): boolean {
    if (!this.#isWhole()) this.#wholeSinceMs = undefined
    else this.#wholeSinceMs ??= this.#world.nowMs()
    return this.#world.nowMs() - (this.#wholeSinceMs ?? Infinity) >= staysWholeMs
  }

  #isWhole(): boolean {
    const count = this.ids.length - 1
    return this.ids.every((id) => {
      const node = this.#running.get(id)
      const process = this.#processes.get(id)
      if (node === undefined || process === undefined) return false
      return node.transport.network.peers().length === count && this.links.linksOf(process) === count
    })
  }
}

export const suite: Suite = {
  name: 'mesh',
  summary:
    'The mesh keeps one connection for each two nodes through cuts, half-open links, crossing dials and restarts.',
  faults: ['crashes', 'restarts', 'pauses', 'clock-drift', 'wall-jumps'],
  seeds: 500,
  safetyMs: 20_000,
  healMs: 60_000,
  begin(world) {
    const mesh = new Mesh(world)
    const { ledger } = mesh
    return {
      hosts: [
        ...mesh.ids.map((id) => mesh.host(id)),
        {
          name: 'adversary',
          mortal: false,
          start: (host) => Promise.resolve(linkAdversary(host, mesh.links, mesh.ids, () => world.isMended())),
        },
      ],
      invariants: [authenticity, atMostOnce, streamOrder, oneConnection, bounds, goodFaith].map((rule) => rule(ledger)),
      progress: [
        { sentence: 'After healing everybody reaches everybody.', seen: () => mesh.allReached() },
        {
          sentence: 'After healing there is one link for each two nodes, and it stays.',
          seen: () => mesh.staysWhole(),
        },
      ],
    }
  },
}
