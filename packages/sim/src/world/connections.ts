import type { NodeId } from '@flotilla/core/ids'
import type { Prng } from '@flotilla/core/random'
import type { MemoryHub } from '@flotilla/core/testing'
import type { FaultyWire } from '../faults/faulty-wire.ts'
import type { VirtualTime } from './virtual-time.ts'

/**
 * How long the far side of a dead connection takes to notice: from a reset that comes at once to a missed keep-alive.
 */
const noticeMs = [1, 5_000] as const
const redialMs = [1, 200] as const

/**
 * Which hosts are connected. A connection breaks a while after one of its directions was cut, or after one of its ends
 * died; it is made again a while after both ends live and nothing is cut.
 */
export class Connections {
  readonly #time: VirtualTime
  readonly #random: Prng
  readonly #hub: MemoryHub
  readonly #wire: FaultyWire
  /** Everyone who ever came, and in which life: what was noticed of an older life says nothing of a newer one. */
  readonly #lives = new Map<NodeId, number>()
  readonly #here = new Set<NodeId>()

  constructor(options: { time: VirtualTime; random: Prng; hub: MemoryHub; wire: FaultyWire }) {
    this.#time = options.time
    this.#random = options.random
    this.#hub = options.hub
    this.#wire = options.wire
  }

  came(id: NodeId): void {
    for (const other of this.#lives.keys()) this.#break(id, other)
    this.#lives.set(id, (this.#lives.get(id) ?? 0) + 1)
    this.#here.add(id)
    for (const other of this.#lives.keys()) if (other !== id) this.#dialLater(id, other)
  }

  /** The host died; its peers notice each in their own time. */
  went(id: NodeId): void {
    this.#here.delete(id)
    const life = this.#lives.get(id)
    for (const other of this.#lives.keys()) {
      if (other !== id) this.#after(noticeMs, () => this.#lives.get(id) === life && this.#break(id, other))
    }
  }

  cut(from: NodeId, to: NodeId): void {
    this.#wire.cut(from, to)
    this.#after(noticeMs, () => this.#wire.isCut(from, to) && this.#break(from, to))
  }

  heal(from: NodeId, to: NodeId): void {
    this.#wire.heal(from, to)
    this.#dialLater(from, to)
  }

  #dialLater(one: NodeId, other: NodeId): void {
    this.#after(redialMs, () => {
      if (!this.#here.has(one) || !this.#here.has(other)) return
      if (this.#wire.isCut(one, other) || this.#wire.isCut(other, one)) return
      this.#hub.connect(one, other)
    })
  }

  #break(one: NodeId, other: NodeId): void {
    if (one === other) return
    this.#wire.drop(one, other)
    this.#hub.disconnect(one, other)
  }

  #after([least, most]: readonly [number, number], act: () => void): void {
    this.#time.schedule(this.#time.nowMs + this.#random.between(least, most), act)
  }
}
