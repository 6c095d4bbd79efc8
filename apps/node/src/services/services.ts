import { FlotillaError } from '@flotilla/core/errors'
import type { PostRoute, Route } from '../http/router.ts'
import { jsonReply } from '../http/reply.ts'
import type { ClusterAnswer, NodesAnswer } from './answers.ts'
import type { ClusterControl } from './cluster-control.ts'
import { clusterRoutes } from './cluster-routes.ts'
import { MeshService } from './mesh.ts'
import { meshAddressText } from './mesh-address.ts'
import { noCluster, type Service, type ServiceParts } from './service.ts'

/** Everything that makes this machine one of several. */
export class Services implements Service {
  readonly routes: readonly (Route | PostRoute)[]
  readonly #control: ClusterControl
  readonly #mesh: MeshService

  constructor(parts: ServiceParts) {
    this.#control = notYet()
    this.#mesh = new MeshService({ ...parts, known: () => [] })
    this.routes = [
      ...clusterRoutes(this.#control, () => this.cluster()),
      { path: '/v1/nodes', answer: () => jsonReply(200, this.nodes()) },
      ...this.#mesh.routes,
    ]
  }

  cluster(): ClusterAnswer {
    return {
      cluster: this.#control.place() ?? null,
      listening: (this.#mesh.transport?.addresses ?? []).map(meshAddressText),
    }
  }

  nodes(): NodesAnswer {
    return { degraded: false, nodes: [] }
  }

  measure(): void {
    this.#mesh.measure()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#mesh[Symbol.asyncDispose]()
  }
}

function notYet(): ClusterControl {
  const refuse = (): Promise<never> =>
    Promise.reject(new FlotillaError('not-yet', 'this node cannot do that yet', { hint: 'update Flotilla' }))
  return {
    place: () => undefined,
    init: refuse,
    join: refuse,
    invite: () => Promise.reject(noCluster()),
    rotate: () => Promise.reject(noCluster()),
    revoke: () => Promise.reject(noCluster()),
    exportAuthority: () => Promise.reject(noCluster()),
    importAuthority: refuse,
  }
}
