import { hostname } from 'node:os'
import { nodeCrypto } from '@flotilla/core/crypto/node'
import { FlotillaError } from '@flotilla/core/errors'
import { nodeEntropy } from '@flotilla/core/random/node'
import { nodeClock } from '@flotilla/core/time/node'
import manifest from '../package.json' with { type: 'json' }
import { bannerLine, bannerText, nextCommands, type BannerFacts } from './banner.ts'
import { streamLogger } from './observe/stream-logger.ts'
import { startNode, type RunningNode } from './running-node.ts'
import { safeText } from '@flotilla/core/text'
import { settingsHelp } from './settings/settings-help.ts'
import { readSettings, type ReadSettings } from './settings/settings-reader.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The whole life of the process, from its arguments to its exit code. */
export async function runDaemon(argv: readonly string[], environment: Environment): Promise<void> {
  // A terminal or a pipe that has gone away is no reason to stop.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    const read = readSettings(argv, environment, hostname())
    if (read.settings.help) return console.log(settingsHelp())
    await live(read, environment)
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

async function live(read: ReadSettings, environment: Environment): Promise<void> {
  const { settings } = read
  // Whatever this process makes is for its owner alone, also what SQLite makes.
  process.umask(0o077)
  const clock = nodeClock()
  const write = (line: string): void => console.error(line)
  const logger = streamLogger({ write, clock, json: settings.json })
  process.on('uncaughtException', (error) => {
    logger.error({ err: error }, 'the node failed and stops')
    process.exit(1)
  })
  const stop = stopSignal()
  const node = await startNode({
    ...read,
    version: manifest.version,
    clock,
    crypto: nodeCrypto(),
    entropy: nodeEntropy(),
    logger,
  })
  const facts = factsOf(node, read)
  const colour = process.stdout.isTTY && !environment['NO_COLOR']
  console.log(settings.json ? bannerLine(facts) : bannerText(facts, colour))
  await stop
  console.log(settings.json ? '{"event":"stopping"}' : '  Stopping.')
  await node[Symbol.asyncDispose]()
  console.log(settings.json ? '{"event":"stopped"}' : '  Stopped.')
  process.exit(0)
}

/**
 * Resolves at the first signal to stop. Only a Ctrl-C after it means "at once": those who watch over processes repeat
 * SIGTERM until they are obeyed, and that must not cut the clean stop short.
 */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        if (isStopping && signal === 'SIGINT') process.exit(130)
        isStopping = true
        resolve()
      })
    }
  })
}

function factsOf(node: RunningNode, { settings, given }: ReadSettings): BannerFacts {
  const { id, dataFolder, port, pageUrl, inCluster, afterUncleanStop } = node
  const notes = [
    ...(port !== settings.port && settings.port !== 0
      ? [`Port ${settings.port} is taken, so it is ${port} this time.`]
      : []),
    ...(inCluster ? [] : ['No cluster yet: `./flotilla init` makes one, `./flotilla join TOKEN` joins one.']),
    ...(afterUncleanStop ? ['The life before ended without a clean stop.'] : []),
  ]
  return {
    name: settings.name,
    id,
    version: manifest.version,
    dataFolder,
    pageUrl,
    pid: process.pid,
    commands: nextCommands(given.has('data') ? dataFolder : undefined),
    notes,
  }
}
