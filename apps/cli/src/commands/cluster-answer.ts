import type { NodeAnswer } from '../running-node/node-answer.ts'
import { columns, type Line } from '../terminal/lines.ts'

/** A node's place in its cluster. */
export interface ClusterPlace {
  readonly id: string
  readonly role: string
  readonly name: string
  readonly authorityHeld: boolean
  readonly certificate: { readonly serial: string; readonly notBefore: string; readonly notAfter: string }
}

/** Undefined where the node is in no cluster. */
export function readClusterPlace(answer: NodeAnswer): ClusterPlace | undefined {
  return answer.optional('cluster', () => {
    const cluster = answer.object('cluster')
    const certificate = cluster.object('certificate')
    return {
      id: cluster.text('id'),
      role: cluster.text('role'),
      name: cluster.text('name'),
      authorityHeld: cluster.flag('authorityHeld'),
      certificate: {
        serial: certificate.text('serial'),
        notBefore: certificate.text('notBefore'),
        notAfter: certificate.text('notAfter'),
      },
    }
  })
}

export function clusterRows(place: ClusterPlace): readonly Line[] {
  return columns([
    ['cluster', place.id],
    ['name', place.name],
    ['role', place.role],
    ['authority', place.authorityHeld ? 'its key is on this machine' : 'on another machine'],
    ['until', `${place.certificate.notAfter}, renewed by itself before`],
  ])
}
