import type { Logger } from '@flotilla/core/observe'
import type { History } from '../storage/history.ts'
import type { FiguresSource } from '../observe/node-figures.ts'
import type { NodeMetrics } from '../observe/node-metrics.ts'
import type { PageFiles } from '../dashboard/page-files.ts'
import { pageRoutes } from '../dashboard/page-routes.ts'
import { nodeLimitsDefaults } from '../limits.ts'
import type { Access } from './access.ts'
import { loginRoutes } from './callers/login-routes.ts'
import { contentTypes, jsonReply, refusalReply, type Reply } from './reply.ts'
import type { AnyRoute } from './route.ts'
import type { BlobsShown } from '../services/blob-answers.ts'
import type { MachinesShown } from '../services/machine-answers.ts'
import type { ClusterAnswer, NodesAnswer } from '../services/answers.ts'
import type { LocksAnswer, RaftAnswer } from '../services/lock-answers.ts'
import type { VmsAnswer } from '../services/vm-answers.ts'

/** A node that is starting or stopping is healthy, but wants no work. */
export type Readiness = 'starting' | 'ready' | 'stopping'

export interface RoutesOptions {
  readonly figures: FiguresSource
  readonly history: History
  readonly metrics: NodeMetrics
  readonly access: Access
  readonly logger: Logger
  /** The address of the page. */
  readonly url: () => string
  readonly files: PageFiles
  readonly readiness: () => Readiness
  readonly mesh: MeshPart
}

/** What the page and the API take of the services. */
interface MeshPart {
  readonly routes: readonly AnyRoute[]
  cluster(): ClusterAnswer
  nodes(): NodesAnswer
  raft(): RaftAnswer
  locks(): Promise<LocksAnswer | undefined>
  blobs(): Promise<BlobsShown>
  machines(): Promise<MachinesShown>
  vms(): Promise<VmsAnswer>
  /** What does not work though the node goes on. */
  failedParts(): readonly string[]
  /** Brings the gauges up to date. */
  measure(): void
}

const historyRowsUsual = 50

/** Everything that the node answers. */
export function nodeRoutes(options: RoutesOptions): readonly AnyRoute[] {
  const { figures, history, metrics, files, readiness, mesh } = options
  return [
    ...pageRoutes(files),
    ...loginRoutes(options),
    { path: '/healthz', open: true, answer: () => healthReply(mesh.failedParts()) },
    {
      path: '/readyz',
      open: true,
      answer: () => jsonReply(readiness() === 'ready' ? 200 : 503, { status: readiness() }),
    },
    {
      path: '/metrics',
      answer: async () => {
        mesh.measure()
        return { status: 200, type: contentTypes.metrics, body: metrics.text(await figures.read()) }
      },
    },
    { path: '/v1/node', answer: async () => jsonReply(200, await figures.read()) },
    { path: '/v1/history', answer: ({ query }) => historyReply(history, query) },
    ...mesh.routes,
  ]
}

/**
 * A node without a part of it is alive, and to start it again would not mend it: it is said, and the status stays as
 * it is, so that nobody starts it again by himself. Why it failed is for those who have the key.
 */
function healthReply(failed: readonly string[]): Reply {
  return jsonReply(200, failed.length === 0 ? { status: 'healthy' } : { status: 'degraded', failed })
}

function historyReply(history: History, query: URLSearchParams): Reply {
  const most = nodeLimitsDefaults.historyAnswerRowsMax
  const limits = query.getAll('limit')
  const unknown = [...query.keys()].find((name) => name !== 'limit')
  const [text = String(historyRowsUsual)] = limits
  const limit = Number(text)
  if (unknown === undefined && limits.length <= 1 && /^\d{1,9}$/.test(text) && limit >= 1 && limit <= most) {
    const rows = history.last(limit).map(({ wallMs, ...row }) => ({ ...row, at: new Date(wallMs).toISOString() }))
    return jsonReply(200, { history: rows })
  }
  const what = unknown === undefined ? 'limit is wrong' : 'there is no such parameter'
  const hint = `give limit once, as a whole number from 1 to ${most}, or nothing`
  return refusalReply({ status: 400, code: 'wrong-parameter', message: what, hint })
}
