import { readClusterPlace, type ClusterPlace } from '../commands/cluster-answer.ts'
import type { NodeAnswer } from '../running-node/node-answer.ts'
import type { NodeClient } from '../running-node/node-client.ts'
import { NodeRefusal } from '../running-node/node-refusal.ts'

/** What a node says of its place among others, as far as it tells what is wrong. */
export interface MeshFacts {
  readonly cluster: ClusterPlace | undefined
  /** Where others are told to reach it. */
  readonly listening: readonly string[]
  readonly others: readonly OtherNode[]
  /** Of connections, by why. */
  readonly refusals: Readonly<Record<string, number>>
  readonly bans: readonly { readonly id: string; readonly reason: string }[]
  /** Undefined where the node is too old to ask others. */
  readonly checkups: readonly Checkup[] | undefined
  /** Of what membership has sent, by the way that it took. */
  readonly sent: { readonly datagram: number; readonly connection: number }
  readonly vms: readonly VmFact[]
}

export interface OtherNode {
  readonly id: string
  readonly name: string
  readonly status: string
  readonly connected: boolean
  readonly version: string
}

/** What another node says about this one. */
export interface Checkup {
  readonly name: string
  /** Why it did not say anything. */
  readonly why: string | null
  /** How far its clock is before ours, by half the way there and back. */
  readonly clockAheadMs: number
  /** How exactly that is known. */
  readonly clockErrorMs: number
  /** Our addresses, and what became of a connection to each. */
  readonly dialled: readonly { readonly address: string; readonly outcome: string }[]
}

interface VmFact {
  readonly vm: string
  readonly node: string
  readonly state: string
  readonly why: string | null
}

export async function readMeshFacts(client: NodeClient): Promise<MeshFacts> {
  const { cluster, listening } = await client.get('/v1/cluster', (answer) => ({
    cluster: readClusterPlace(answer),
    listening: answer.texts('listening'),
  }))
  const others = await client.get('/v1/nodes', (answer) => answer.list('nodes').flatMap(readOther))
  const { refusals, bans } = await client.get('/v1/mesh', (answer) => ({
    refusals: Object.fromEntries(answer.counts('refusals')),
    bans: answer.list('bans').map((ban) => ({ id: ban.text('id'), reason: ban.text('reason') })),
  }))
  const vms = await client.get('/v1/vms', (answer) => answer.list('vms').map(readVm))
  const [checkups, metrics] = await Promise.all([readCheckups(client), client.text('/metrics')])
  const sent = { datagram: sentBy(metrics, 'datagram'), connection: sentBy(metrics, 'connection') }
  return { cluster, listening, others, refusals, bans, checkups, sent, vms }
}

function readOther(node: NodeAnswer): readonly OtherNode[] {
  if (node.flag('self')) return []
  return [
    {
      id: node.text('id'),
      name: node.text('name'),
      status: node.text('status'),
      connected: node.flag('connected'),
      version: node.text('version'),
    },
  ]
}

function readVm(vm: NodeAnswer): VmFact {
  return {
    vm: vm.text('vm'),
    node: vm.object('node').text('name'),
    state: vm.text('state'),
    why: vm.maybe('why', () => vm.text('why')) ?? null,
  }
}

async function readCheckups(client: NodeClient): Promise<MeshFacts['checkups']> {
  try {
    return await client.get('/v1/checkup', (answer) => answer.list('others').map(readCheckup))
  } catch (error) {
    if (error instanceof NodeRefusal) return undefined
    throw error
  }
}

function sentBy(metrics: string, way: string): number {
  const line = metrics.split('\n').find((each) => each.startsWith(`flotilla_membership_sent_total{way="${way}"} `))
  return Number(line?.split(' ').at(-1) ?? 0)
}

function readCheckup(other: NodeAnswer): Checkup {
  return {
    name: other.object('node').text('name'),
    why: other.maybe('why', () => other.text('why')) ?? null,
    clockAheadMs: other.maybeNumber('clockAheadMs') ?? 0,
    clockErrorMs: other.maybeNumber('clockErrorMs') ?? 0,
    dialled: other.list('dialled').map((dialled) => ({
      address: dialled.text('address'),
      outcome: dialled.text('outcome'),
    })),
  }
}
