import type { NodeId } from '@flotilla/core/ids'
import type { ClusterMonitor, ControlRecord } from '../../src/index.ts'
import type { ScriptedMachine } from '../../src/testing/index.ts'

/** One life of one machine, as the invariants see it. */
export interface Eye {
  readonly id: NodeId
  readonly machine: ScriptedMachine
  readonly cluster: ClusterMonitor
  readonly records: readonly ControlRecord[]
}

/** All that the invariants look at. */
export class Lookout {
  readonly operator: NodeId
  /** By host; who is down is not among them. */
  readonly eyes: Map<string, Eye> = new Map()
  /** Who has heard of everybody since everything was mended. */
  readonly answered: Set<NodeId> = new Set()

  constructor(operator: NodeId) {
    this.operator = operator
  }

  get isAllAnswered(): boolean {
    return this.eyes.size > 0 && [...this.eyes.values()].every(({ id }) => this.answered.has(id))
  }
}
