import type { NodeId } from '@flotilla/core/ids'
import type { Entry, Index, SnapshotMark } from '../types.ts'

/** What a machine says about everything that it has applied: two that say the same have applied the same. */
export interface Machine {
  index: Index
  hash: number
}

/** The machines of a world and what its snapshots hold. */
export class Machines {
  readonly #machines = new Map<NodeId, Machine>()
  readonly #contents = new Map<string, Machine>()

  /** As a node begins: from its snapshot, if it has one. */
  begin(node: NodeId, snapshot: SnapshotMark): void {
    const content = this.#contents.get(snapshot.id)
    this.#machines.set(node, content === undefined ? { index: 0 as Index, hash: 0 } : { ...content })
  }

  of(node: NodeId): Machine {
    const machine = this.#machines.get(node)
    if (machine === undefined) throw new Error(`${node} was never started`)
    return machine
  }

  apply(node: NodeId, entry: Entry): Machine {
    const machine = this.of(node)
    machine.index = entry.index
    let hash = Math.imul(machine.hash ^ entry.term, 0x01000193)
    for (const byte of entry.data) hash = Math.imul(hash ^ byte, 0x01000193)
    machine.hash = hash
    return machine
  }

  snapshot(node: NodeId, id: string): void {
    this.#contents.set(id, { ...this.of(node) })
  }

  restore(node: NodeId, { id }: SnapshotMark): Machine {
    const content = this.#contents.get(id)
    if (content === undefined) throw new Error(`${node} restores a snapshot that nobody made`)
    const machine = { ...content }
    this.#machines.set(node, machine)
    return machine
  }
}
