import type { Crypto } from '@flotilla/core/crypto'
import type { Disk } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { removeAccessFile, writeAccessFile } from './access-file.ts'
import { prepareDataFolder, type DataFolder } from './data-folder.ts'
import { Access } from './http/access.ts'
import { NodeServer } from './http/node-server.ts'
import { Router } from './http/router.ts'
import { nodeRoutes, type Readiness } from './http/routes.ts'
import { builtPageFolder, PageFiles } from './dashboard/page-files.ts'
import { loadIdentity } from './identity.ts'
import { nodeLimitsDefaults } from './limits.ts'
import { LiveService } from './live/live-service.ts'
import { FiguresSource } from './observe/node-figures.ts'
import { NodeMetrics } from './observe/node-metrics.ts'
import { Services } from './services/services.ts'
import type { ReadSettings } from './settings/settings-reader.ts'
import { openDatabase } from './storage/database.ts'
import { History } from './storage/history.ts'

export interface NodeOptions extends ReadSettings {
  readonly version: string
  readonly clock: Clock
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly logger: Logger
}

/** A node that answers; disposing of it stops it cleanly. */
export interface RunningNode extends AsyncDisposable {
  readonly id: string
  readonly dataFolder: string
  readonly port: number
  /** With the key in it. */
  readonly pageUrl: string
  /** Whether it is in a cluster. */
  readonly inCluster: boolean
  readonly afterUncleanStop: boolean
}

/** Puts the parts together, in an order in which a start that fails has changed nothing that the next one minds. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { settings, version, clock, crypto, entropy } = options
  await using parts = new AsyncDisposableStack()
  const folder = await prepareDataFolder(settings.data)
  const disk = parts.use(await ownDisk(folder))
  const { id, secretKey } = await loadIdentity({ disk, crypto, entropy, hasLived: folder.hasLived })
  const database = openDatabase(folder.database)
  parts.defer(() => void database.close())
  const history = new History({ database, clock, version, rowsMax: nodeLimitsDefaults.historyRowsMax })
  const files = new PageFiles(builtPageFolder)
  const metrics = new NodeMetrics()
  const access = new Access({ entropy, clock })

  const dataFolder = folder.path
  const mesh = parts.use(await Services.open({ ...options, metrics: metrics.metrics, dataFolder, disk, secretKey }))

  let readiness: Readiness = 'starting'
  const server = parts.use(await listen(options, metrics))
  // From here on the life counts: a port that is taken leaves no trace in the history.
  const { life, afterUncleanStop } = history.begin()
  parts.defer(() => history.end(life))
  const figures = parts.use(new FiguresSource({ name: settings.name, id, version, life, folder, history, clock }))
  const asked = nodeRoutes({ figures, history, metrics, access, files, readiness: () => readiness, mesh })
  const live = new LiveService({ clock, logger: options.logger, routes: asked })
  const routes = [...asked, ...live.routes]
  const router = new Router({ routes, access, metrics: metrics.metrics, logger: options.logger, clock })
  server.serve((request, response) => {
    router.handle(request, response, server.port).catch((error: unknown) => {
      options.logger.error({ err: error }, 'an answer could not be sent')
      response.destroy()
    })
  })
  // Before the end is noted, so that it comes after the last answer.
  parts.defer(() => server[Symbol.asyncDispose]())
  parts.use(live)

  const url = `http://${settings.host === '::1' ? '[::1]' : settings.host}:${server.port}`
  parts.defer(() => removeAccessFile(folder.access))
  await writeAccessFile(folder.access, { url, token: access.token, pid: process.pid })
  parts.defer(() => mesh.prepareStop())
  parts.defer(() => void (readiness = 'stopping'))
  await mesh.start()
  readiness = 'ready'
  const inCluster = mesh.cluster().cluster !== null
  const owned = parts.move()
  return {
    id,
    dataFolder: folder.path,
    port: server.port,
    pageUrl: `${url}/?key=${access.token}`,
    inCluster,
    afterUncleanStop,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function ownDisk(folder: DataFolder): Promise<Disk> {
  try {
    return await nodeDisk({ folder: folder.disk })
  } catch (error) {
    if (!(error instanceof FlotillaError) || error.code !== 'in-use') throw error
    // The error names the process.
    throw new FlotillaError('in-use', `another node runs on this data folder: ${error.message}`, {
      hint: 'stop that one, or choose another folder with --data',
      cause: error,
    })
  }
}

function listen(options: NodeOptions, { metrics }: NodeMetrics): Promise<NodeServer> {
  const { settings, given, clock } = options
  const refused = metrics.counter({
    name: 'flotilla_node_http_connections_refused_total',
    help: 'Connections that were turned away because there were too many.',
    labelNames: [],
  })
  return NodeServer.listen({
    host: settings.host,
    port: settings.port,
    askedAs: given.get('port'),
    clock,
    onRefused: () => refused.inc({}),
  })
}
