import type { History } from '../storage/history.ts'
import type { FiguresSource } from '../observe/node-figures.ts'
import type { NodeMetrics } from '../observe/node-metrics.ts'
import type { PageFiles } from '../dashboard/page-files.ts'
import { pageRoutes } from '../dashboard/page-routes.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Access } from './access.ts'
import { loginRoutes } from './callers/login-routes.ts'
import { ticketRoute } from './callers/ticket-route.ts'
import type { LoginAuditOptions } from './callers/login-audit.ts'
import { asked } from './described.ts'
import { contentTypes, jsonReply, type Reply } from './reply.ts'
import { object } from '../schema/building.ts'
import { healthAnswer, historyAnswer, nodeAnswer, readyAnswer } from '../services/schemas/node-schemas.ts'
import type { PartsHealth } from '../services/parts-health.ts'
import { limited } from '../services/query-parameters.ts'
import { certificateRoute } from '../tls/certificate-route.ts'
import type { CertificateShown } from '../tls/certificate-keeper.ts'
import type { AnyRoute } from './route.ts'

/** A node that is starting or stopping is healthy, but wants no work. */
export type Readiness = 'starting' | 'ready' | 'stopping'

export interface RoutesOptions extends LoginAuditOptions {
  readonly figures: FiguresSource
  readonly history: History
  readonly metrics: NodeMetrics
  readonly access: Access
  /** The address of the page. */
  readonly url: () => string
  /** By which it is known; null where there is no TLS. */
  readonly certificate: () => CertificateShown | null
  readonly files: PageFiles
  readonly readiness: () => Readiness
  readonly mesh: MeshPart
}

/** What the page and the API take of the services. */
interface MeshPart {
  readonly routes: readonly AnyRoute[]
  /** What does not work though the node goes on. */
  health(): PartsHealth
  /** Brings the gauges up to date. */
  measure(): void
}

const historyRowsUsual = 50
const historyQuery = object({ limit: limited(nodeLimitsDefaults.historyAnswerRowsMax, historyRowsUsual) })

/** Everything that the node answers. */
export function nodeRoutes(options: RoutesOptions): readonly AnyRoute[] {
  const { figures, history, metrics, files, mesh } = options
  return [
    ...pageRoutes(files),
    ...loginRoutes(options),
    ticketRoute(options.access),
    certificateRoute(options.certificate),
    ...healthRoutes(options),
    {
      path: '/metrics',
      about: { summary: 'figures of this node, for Prometheus', type: contentTypes.metrics },
      answer: async () => {
        mesh.measure()
        return { status: 200, type: contentTypes.metrics, body: metrics.text(await figures.read()) }
      },
    },
    asked({
      path: '/v1/node',
      about: { summary: 'what this node is, and how it is', answer: nodeAnswer },
      get: () => figures.read(),
    }),
    asked({
      path: '/v1/history',
      about: { summary: 'what happened to this node, the latest last', query: historyQuery, answer: historyAnswer },
      get: ({ query }) => ({
        history: history
          .last(query.limit)
          .map(({ wallMs, ...row }) => ({ ...row, at: new Date(wallMs).toISOString() })),
      }),
    }),
    ...mesh.routes,
  ]
}

function healthRoutes({ mesh, readiness }: RoutesOptions): readonly AnyRoute[] {
  return [
    {
      path: '/healthz',
      open: true,
      about: { summary: 'whether the node is alive, and which of its parts are not', answer: healthAnswer },
      answer: () => healthReply(mesh.health()),
    },
    {
      path: '/readyz',
      open: true,
      about: {
        summary: 'whether the node wants work',
        detail:
          'The status is 503 where it does not: while it starts, and while it stops. A node that is ready wants what ' +
          'its working parts do, and says which do not work.',
        answer: readyAnswer,
      },
      answer: () => jsonReply(readiness() === 'ready' ? 200 : 503, { status: readiness(), ...told(mesh.health()) }),
    },
  ]
}

/**
 * A node without a part of it is alive, and to start it again would not mend it: it is said, and the status stays as
 * it is, so that nobody starts it again by himself. Why it failed is for those who have the key.
 */
function healthReply(health: PartsHealth): Reply {
  return jsonReply(200, { status: health.failed.length === 0 ? 'healthy' : 'degraded', ...told(health) })
}

function told(health: PartsHealth): Partial<PartsHealth> {
  return health.failed.length === 0 ? {} : health
}
