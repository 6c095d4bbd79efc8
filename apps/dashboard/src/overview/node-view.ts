import type { NodeEntry } from '../answers/cluster-answers.ts'
import type { RaftAnswer } from '../answers/group-answers.ts'
import type { MachineEntry, MachinesAnswer } from '../answers/machine-answers.ts'
import type { Tone } from '../parts/mark.tsx'
import { nameOf } from '../words/names.ts'

/** A node as the overview shows it, of whatever is known of it. */
export interface NodeView {
  readonly id: string
  readonly name: string
  readonly self: boolean
  readonly leads: boolean
  readonly part: string
  readonly tone: Tone
  readonly state: string
  readonly roundTripMs: number | null
  readonly roles: readonly string[]
  readonly version: string
  readonly machine: MachineEntry | undefined
}

export interface Known {
  readonly nodes: readonly NodeEntry[]
  readonly raft: RaftAnswer | undefined
  readonly machines: MachinesAnswer | undefined
}

/** This node first, then by name. */
export function nodeViews({ nodes, raft, machines }: Known): readonly NodeView[] {
  const members = raft?.groups[0]?.members ?? []
  const views = nodes.map((node): NodeView => {
    const member = members.find(({ id }) => id === node.id)
    return {
      ...node,
      name: nameOf(node),
      leads: member?.leads ?? false,
      part: member?.part ?? '',
      ...standing(node),
      machine: machines?.machines.find((machine) => machine.node.id === node.id),
    }
  })
  return views.toSorted((one, other) => Number(other.self) - Number(one.self) || (one.name < other.name ? -1 : 1))
}

/** A node in no cluster knows of itself only. */
export function loneView(self: { readonly id: string; readonly name: string; readonly version: string }): NodeEntry {
  return {
    ...self,
    self: true,
    status: 'alive',
    roles: [],
    addresses: [],
    connected: false,
    roundTripMs: null,
    bytesIn: 0,
    bytesOut: 0,
    certificateNotAfter: null,
  }
}

const states: Readonly<Record<Exclude<NodeEntry['status'], 'alive'>, Standing>> = {
  suspect: { tone: 'warn', state: 'silent' },
  dead: { tone: 'bad', state: 'gone' },
  left: { tone: 'plain', state: 'stopped' },
}

interface Standing {
  readonly tone: Tone
  readonly state: string
}

function standing({ status, self, connected }: NodeEntry): Standing {
  if (status !== 'alive') return states[status]
  if (self) return { tone: 'good', state: 'this node' }
  return connected ? { tone: 'good', state: 'connected' } : { tone: 'warn', state: 'there, no link' }
}
