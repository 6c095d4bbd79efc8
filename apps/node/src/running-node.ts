import type { Crypto } from '@flotilla/core/crypto'
import type { Disk } from '@flotilla/core/disk'
import { nodeDisk } from '@flotilla/core/disk/node'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import type { Entropy } from '@flotilla/core/random'
import type { Clock } from '@flotilla/core/time'
import { removeAccessFile, writeAccessFile } from './access-file.ts'
import { prepareDataFolder, type DataFolder } from './data-folder.ts'
import { codeUrl } from './http/callers/login-routes.ts'
import type { AuditWriter } from './http/audited-call.ts'
import type { AnyRoute } from './http/route.ts'
import type { Readiness } from './http/routes.ts'
import { builtPageFolder, PageFiles } from './dashboard/page-files.ts'
import { loadIdentity, type Identity } from './identity.ts'
import { nodeLimitsDefaults } from './limits.ts'
import { nodeAnswers } from './node-answers.ts'
import { openDoors, type NodeDoors } from './node-doors.ts'
import type { RequestContexts } from './observe/following/request-contexts.ts'
import type { Lateness } from './observe/measured-clock.ts'
import { FiguresSource } from './observe/node-figures.ts'
import { NodeMetrics } from './observe/node-metrics.ts'
import { nodeTracing } from './observe/node-tracing.ts'
import type { ServiceParts } from './services/service.ts'
import { Services } from './services/services.ts'
import type { SettingsInForce } from './settings/settings-in-force.ts'
import { openDatabase } from './storage/database.ts'
import { History } from './storage/history.ts'

export interface NodeOptions {
  readonly inForce: SettingsInForce
  /** How settings are shown and read again. */
  readonly settingsRoutes: readonly AnyRoute[]
  readonly version: string
  readonly clock: Clock
  /** How late that clock's timers came. */
  readonly lateness: () => Lateness
  readonly crypto: Crypto
  readonly entropy: Entropy
  readonly logger: Logger
  readonly contexts: RequestContexts
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A node that answers; disposing of it stops it cleanly. */
export interface RunningNode extends AsyncDisposable {
  readonly id: string
  readonly dataFolder: string
  readonly port: number
  /** With a code in it that opens the page once. */
  readonly pageUrl: string
  /** Whether it is in a cluster. */
  readonly inCluster: boolean
  readonly afterUncleanStop: boolean
  readonly audit: AuditWriter
  /** Looks again at files that may have changed, as the certificate. */
  reload(): Promise<void>
}

interface Storage {
  readonly folder: DataFolder
  readonly disk: Disk
  readonly identity: Identity
  readonly history: History
}

/** Puts the parts together, in an order in which a start that fails has changed nothing that the next one minds. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { inForce, version, clock, lateness } = options
  const { settings, given } = inForce
  await using parts = new AsyncDisposableStack()
  const { folder, disk, identity, history } = await openStorage(options, parts)
  const { id, secretKey } = identity
  const metrics = new NodeMetrics()
  const dataFolder = folder.path
  const watchSetting: ServiceParts['watchSetting'] = (name, listener) => inForce.watch(name, listener)
  const node = { id, name: settings.name, version }
  const told = { ...options, metrics: metrics.metrics, endpoint: settings['trace-endpoint'], node }
  const tracing = nodeTracing(told, parts)
  const shared = { ...options, settings, given, watchSetting, metrics: metrics.metrics, tracing }
  const mesh = parts.use(await Services.open({ ...shared, dataFolder, disk, secretKey }))

  let readiness: Readiness = 'starting'
  const { access, entrances, keeper } = await openDoors({ ...shared, folder, disk, accounts: mesh.accounts }, parts)
  const { url } = entrances
  // From here on the life counts: a port that is taken leaves no trace in the history.
  const { life, afterUncleanStop } = history.begin()
  parts.defer(() => history.end(life))
  const figures = new FiguresSource({ name: settings.name, id, version, life, folder, history, clock, lateness })
  const { router, live } = nodeAnswers({
    ...options,
    services: mesh,
    nodeMetrics: metrics,
    tracing,
    figures,
    history,
    access,
    files: new PageFiles(builtPageFolder),
    url: () => url,
    certificate: () => keeper?.shown ?? null,
    readiness: () => readiness,
  })
  entrances.serve((request, response, port) => router.handle(request, response, port))
  // Before the end is noted, so that it comes after the last answer.
  parts.defer(() => entrances[Symbol.asyncDispose]())
  parts.use(live)

  await sayWhere(folder, { entrances, keeper, token: access.token }, parts)
  parts.defer(() => router.endStreams())
  parts.defer(() => mesh.prepareStop())
  parts.defer(() => void (readiness = 'stopping'))
  await mesh.start()
  readiness = 'ready'
  const inCluster = mesh.cluster().cluster !== null
  const owned = parts.move()
  return {
    id,
    dataFolder: folder.path,
    port: entrances.port,
    pageUrl: codeUrl(url, access.ownCode()),
    inCluster,
    afterUncleanStop,
    audit: mesh.audit,
    reload: async () => keeper?.reload(),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** What the node keeps, in the order in which each is safe to touch. */
async function openStorage(
  { inForce: { settings }, version, clock, crypto, entropy }: NodeOptions,
  parts: AsyncDisposableStack,
): Promise<Storage> {
  const folder = await prepareDataFolder(settings.data)
  const disk = parts.use(await ownDisk(folder))
  const identity = await loadIdentity({ disk, crypto, entropy, hasLived: folder.hasLived })
  const database = openDatabase(folder.database)
  parts.defer(() => void database.close())
  const history = new History({ database, clock, version, rowsMax: nodeLimitsDefaults.historyRowsMax })
  return { folder, disk, identity, history }
}

/** For the command line on this machine, as long as the node runs. */
async function sayWhere(
  folder: DataFolder,
  { entrances, keeper, token }: Pick<NodeDoors, 'entrances' | 'keeper'> & { readonly token: string },
  parts: AsyncDisposableStack,
): Promise<void> {
  parts.defer(() => removeAccessFile(folder.access))
  const { url, socketPath: socket } = entrances
  const fingerprint = keeper?.shown.keyFingerprint.replaceAll(':', '').toLowerCase()
  await writeAccessFile(folder.access, {
    url,
    token,
    pid: process.pid,
    ...(socket && { socket }),
    ...(fingerprint && { fingerprint }),
  })
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
