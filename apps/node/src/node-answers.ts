import { askedValue } from './http/asked-value.ts'
import { openApiRoute } from './http/openapi/openapi-route.ts'
import type { AnyRoute } from './http/route.ts'
import { Router, type RouterOptions } from './http/router.ts'
import { nodeRoutes, type RoutesOptions } from './http/routes.ts'
import { LiveService } from './live/live-service.ts'
import type { Services } from './services/services.ts'

export interface NodeAnswersOptions
  extends Omit<RoutesOptions, 'metrics' | 'mesh' | 'access' | 'audit'>, Pick<RouterOptions, 'tracing'> {
  readonly version: string
  readonly settingsRoutes: readonly AnyRoute[]
  readonly nodeMetrics: RoutesOptions['metrics']
  readonly access: RoutesOptions['access']
  readonly services: Services
}

export interface NodeAnswers {
  readonly router: Router
  /** To be closed before the server waits for its answers to end. */
  readonly live: LiveService
}

/** Everything that a node answers, put together. */
export function nodeAnswers(options: NodeAnswersOptions): NodeAnswers {
  const { version, settingsRoutes, nodeMetrics, services, clock, logger } = options
  const { audit } = services
  const asked = nodeRoutes({ ...options, audit, metrics: nodeMetrics, mesh: services })
  const live = new LiveService({ clock, logger, routes: asked })
  const routes: readonly AnyRoute[] = [...asked, ...settingsRoutes, ...live.routes, openApiRoute(() => routes, version)]
  services.neighbours.answerWith((address, caller) => askedValue(routes, address, caller))
  const router = new Router({ ...options, routes, audit, metrics: nodeMetrics.metrics })
  return { router, live }
}
