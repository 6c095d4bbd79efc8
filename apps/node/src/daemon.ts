import { homedir, hostname } from 'node:os'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import type { Logger } from '@flotilla/core/observe'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import manifest from '../package.json' with { type: 'json' }
import { ownerName } from './http/caller.ts'
import { nodeLimitsDefaults } from './limits.ts'
import { bannerLine, bannerText, isCodeShown, nextCommands, type BannerFacts } from './banner.ts'
import { MeasuredClock } from './observe/measured-clock.ts'
import { RequestContexts } from './observe/following/request-contexts.ts'
import { streamLogger } from './observe/stream-logger.ts'
import { startNode, type RunningNode } from './running-node.ts'
import { safeText } from '@flotilla/core/text'
import { SystemdNotifier } from './supervision/systemd-notifier.ts'
import type { Environment } from './settings/environment.ts'
import { reloadText } from './settings/reload-text.ts'
import { SettingsInForce, type ReloadReport } from './settings/settings-in-force.ts'
import { SettingsService } from './settings/settings-service.ts'
import { settingsHelp } from './settings/settings-help.ts'
import { readSettings, type SettingsSources } from './settings/settings-reader.ts'
import { terminalWatch } from './settings/terminal-watch.ts'

/** The whole life of the process, from its arguments to its exit code. */
export async function runDaemon(argv: readonly string[], environment: Environment): Promise<void> {
  // A terminal or a pipe that has gone away is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    // Whoever asks for help may have got his settings wrong.
    if (argv.includes('--help')) return console.log(settingsHelp())
    await live({ argv, environment, hostName: hostname(), homeFolder: homedir() })
  } catch (error) {
    const known = error instanceof FlotillaError
    const said = known ? error.sentence : error instanceof Error ? (error.stack ?? error.message) : String(error)
    // The stack of an unknown error keeps its lines; each is made safe.
    console.error(`flotillad: ${said.split('\n').map(safeText).join('\n')}`)
    process.exitCode = 1
    // A start that failed ends, whatever it has left running; but only once its reason is out.
    process.stderr.write('', () => process.exit())
  }
}

async function live(sources: SettingsSources): Promise<void> {
  const inForce = new SettingsInForce(await readSettings(sources), () => readSettings(sources))
  const { settings } = inForce
  // Whatever this process makes is for its owner alone, also what SQLite makes.
  process.umask(0o077)
  const measured = new MeasuredClock(nodeClock())
  const { clock } = measured
  const write = (line: string): void => console.error(line)
  const contexts = new RequestContexts()
  const entropy = nodeEntropy()
  const logger = streamLogger({
    write,
    clock,
    json: settings.json,
    least: () => settings['log-level'],
    origin: { pid: process.pid, hostname: hostname() },
    present: contexts.fields,
  })
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'the node failed and stops')
    process.exit(1)
  })
  const running: { node?: RunningNode } = {}
  const onReloaded = (report: ReloadReport): void => {
    console.log(reloadText(report, settings.json))
    void running.node?.reload()
  }
  const service = new SettingsService({ inForce, logger, onReloaded })
  const stop = stopSignal(() => void reloaded(service, running.node, logger))
  const node = await startNode({
    inForce,
    settingsRoutes: service.routes,
    version: manifest.version,
    clock,
    lateness: () => measured.lateness(),
    crypto: nodeCrypto(),
    entropy,
    contexts,
    environment: sources.environment,
    logger,
  })
  running.node = node
  const isJournal = Boolean(sources.environment['JOURNAL_STREAM'])
  const facts = factsOf(
    node,
    inForce,
    isCodeShown({ json: settings.json, isTerminal: process.stdout.isTTY, isJournal }),
  )
  const colour = process.stdout.isTTY && !sources.environment['NO_COLOR']
  console.log(settings.json ? bannerLine(facts) : bannerText(facts, colour))
  const manager = new SystemdNotifier({ environment: sources.environment, clock, logger })
  manager.ready()
  await stop
  manager.stopping()
  console.log(settings.json ? '{"event":"stopping"}' : '  Stopping.')
  setTimeout(() => {
    logger.error({ afterMs: nodeLimitsDefaults.stopMsMax }, 'stopping takes too long, and is ended by force')
    process.exit(1)
  }, nodeLimitsDefaults.stopMsMax)
  await node[Symbol.asyncDispose]()
  console.log(settings.json ? '{"event":"stopped"}' : '  Stopped.')
  process.exit(0)
}

/** By a signal, which only the owner of the process can send, or root: it is not refused for want of an audit log. */
async function reloaded(service: SettingsService, node: RunningNode | undefined, logger: Logger): Promise<void> {
  const { problems } = await service.reload()
  const outcome = problems.length === 0 ? 'done' : 'refused'
  const entry = { actor: ownerName, action: 'settings.reload', target: 'this node', details: { by: 'SIGHUP' } }
  await node?.audit.write({ ...entry, outcome }).catch((error: unknown) => {
    logger.warn({ err: error }, 'that settings were read again could not be written to the audit log')
  })
}

/**
 * Resolves at the first signal to stop; SIGHUP has the settings read again. Only a Ctrl-C after it means "at once":
 * those who watch over processes repeat SIGTERM until they are obeyed, and that must not cut the clean stop short.
 */
function stopSignal(onReload: () => void): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (isStopping && signal === 'SIGINT') process.exit(130)
        isStopping = true
        resolve()
      })
    }
    // Node would open the port of its debugger, in which whoever is on this machine could do anything.
    process.on('SIGUSR1', () => {})
    const terminal = terminalWatch()
    process.on('SIGHUP', () => (terminal.isGone() ? resolve() : onReload()))
  })
}

function factsOf(node: RunningNode, { settings, given }: SettingsInForce, withCode: boolean): BannerFacts {
  const { id, dataFolder, port, pageUrl, inCluster, afterUncleanStop } = node
  const notes = [
    ...(port !== settings.port && settings.port !== 0
      ? [`Port ${settings.port} is taken, so it is ${port} this time.`]
      : []),
    ...(inCluster ? [] : ['No cluster yet: `./flotilla init` makes one, `./flotilla join TOKEN` joins one.']),
    ...(withCode ? [] : ['`flotilla open` logs in to the page.']),
    ...(afterUncleanStop ? ['The life before ended without a clean stop.'] : []),
  ]
  return {
    name: settings.name,
    id,
    version: manifest.version,
    dataFolder,
    pageUrl: withCode ? pageUrl : new URL(pageUrl).origin,
    pid: process.pid,
    commands: nextCommands(given.has('data') ? dataFolder : undefined),
    notes,
  }
}
