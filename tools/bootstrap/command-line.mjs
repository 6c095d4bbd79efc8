import { existsSync } from 'node:fs'
import nodeModule from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { childEnvironment, thisHouse } from './house.mjs'
import { launch } from './launch.mjs'
import { Interrupted, Problem } from './problem.mjs'
import { run } from './program.mjs'
import { Progress } from './progress.mjs'
import { addNewestNode, nodeProgram, setUp } from './setup.mjs'
import { needsPinnedNode } from './toolchain.mjs'
import { installSystemPrograms } from './system-programs.mjs'

/** @typedef {import('./house.mjs').House} House */

const help = `Flotilla's set-up. It fetches what this checkout needs into .tools and node_modules, and then runs it.

  npm start [-- OPTIONS]     set up, then run a cluster of three nodes on this machine; Ctrl-C stops it
  npm start -- --one FLAGS   set up, then run one node with these flags instead
  npm test [-- OPTIONS]      set up, then prove everything; the last line is the count
  ./flotilla ARGUMENTS       set up, then run the command line from source

  node tools/bootstrap/main.mjs setup     only set up
  node tools/bootstrap/main.mjs --help    this text

After the set-up, .tools/bin holds the node and pnpm of this checkout: put it on the PATH to use pnpm by hand.
`

/**
 * @param {readonly string[]} args
 * @returns {Promise<void>}
 */
export async function main([command = '--help', ...rest]) {
  const progress = new Progress()
  try {
    process.exitCode = await perform(command, rest, progress)
  } catch (error) {
    if (error instanceof Interrupted) progress.say('Interrupted; the next run continues from here.')
    else if (error instanceof Problem) progress.fail(error)
    else progress.fail(unexpected(error))
    process.exitCode = error instanceof Interrupted ? 130 : 1
  }
}

/**
 * @param {string} command
 * @param {readonly string[]} rest
 * @param {Progress} progress
 * @returns {Promise<number>}
 */
async function perform(command, rest, progress) {
  switch (command) {
    case 'setup':
      await interruptible((signal) => setUp(thisHouse(), { progress, signal }))
      progress.finish()
      return 0
    case 'start':
      if (rest[0] !== '--one') return setUpAndLaunch(commandLine, ['demo', ...rest], { progress, apart: true })
      return setUpAndLaunch(nodeDaemon, rest.slice(1), { progress, apart: true, flags: [smallNewSpace, noDebugger] })
    case 'flotilla':
      return setUpAndBecome(commandLine, rest, progress)
    case 'test':
      return setUpAndLaunch('tools/verify/main.ts', rest, { progress, apart: false, forTests: true })
    case '--help':
    case '-h':
    case 'help':
      process.stdout.write(help)
      return 0
    default:
      throw new Problem(`"${command}" is no command of the set-up.`, help)
  }
}

const commandLine = 'apps/cli/src/main.ts'
const nodeDaemon = 'apps/node/src/main.ts'

/**
 * What a node is run with: received bytes are given back by collections of the new space, and with Node's usual size
 * those come so rarely that the whole heap is collected instead, for 5 to 9 ms each, on a busy connection.
 */
const smallNewSpace = '--max-semi-space-size=2'
/** By that signal Node would open the port of its debugger, to whoever is on this machine. */
const noDebugger = '--disable-sigusr1'

/**
 * @typedef {object} LaunchOptions
 * @property {Progress} progress
 * @property {boolean} apart
 * @property {readonly string[]} [flags] for Node itself
 * @property {boolean} [forTests]
 * @property {boolean} [withBuilds]
 */

/**
 * @param {string} entry
 * @param {readonly string[]} args
 * @param {LaunchOptions} options
 * @returns {Promise<number>}
 */
async function setUpAndLaunch(entry, args, options) {
  const { progress, apart, flags = [], forTests = false, withBuilds = true } = options
  const house = thisHouse()
  const path = entryPath(house, entry)
  await interruptible(async (signal) => {
    await setUp(house, { progress, signal, withBuilds })
    if (forTests) await prepareTests(house, { progress, signal })
    progress.finish()
  })
  return launch(nodeProgram(house), [...flags, path, ...args], { env: childEnvironment(house), apart })
}

/**
 * Runs the program in this process where its Node is new enough, because a second process takes longer to start than
 * most commands take.
 * @param {string} entry
 * @param {readonly string[]} args
 * @param {Progress} progress
 * @returns {Promise<number>}
 */
async function setUpAndBecome(entry, args, progress) {
  const house = thisHouse()
  if (needsPinnedNode(house)) {
    return setUpAndLaunch(entry, args, { progress, apart: false, withBuilds: runsNode(args) })
  }
  const path = entryPath(house, entry)
  await interruptible((signal) => setUp(house, { progress, signal, withBuilds: runsNode(args) }))
  progress.finish()
  const environment = childEnvironment(house)
  Object.assign(process.env, environment)
  nodeModule.enableCompileCache(environment['NODE_COMPILE_CACHE'])
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, ...args)
  await import(pathToFileURL(path).href)
  return Number(process.exitCode ?? 0)
}

/** Commands that start a node: all others need nothing that is built, and are not to wait for it. */
const nodeCommands = ['up', 'demo', 'init', 'join', 'authority']

/**
 * @param {readonly string[]} args
 * @returns {boolean}
 */
function runsNode(args) {
  const command = args.find((word) => !word.startsWith('-'))
  return command !== undefined && nodeCommands.includes(command)
}

/**
 * @param {House} house
 * @param {string} entry
 * @returns {string}
 */
function entryPath(house, entry) {
  const path = join(house.root, ...entry.split('/'))
  if (existsSync(path)) return path
  throw new Problem(`${entry} is not in this checkout.`, 'Restore it: git checkout -- ' + entry)
}

/**
 * What only tests need. Where it cannot be had the tests go on without it, and say so.
 * @param {House} house
 * @param {{ readonly progress: Progress, readonly signal: AbortSignal }} options
 */
async function prepareTests(house, { progress, signal }) {
  try {
    await addNewestNode(house, { progress, signal })
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    progress.fail(error)
    progress.say('Going on without it: the tests on the newest Node will not run.')
  }
  const call = { cwd: house.root, env: childEnvironment(house), signal }
  await installSystemPrograms({ progress, call })
  // Kept from then on; where it cannot be had, the tests in a real guest say why.
  if (existsSync(join(house.root, 'node_modules', '.cache', 'guest', 'kernel'))) return
  await progress.step('The kernel for the tests in a real guest, from Debian', async (note) => {
    await run(nodeProgram(house), [join('apps', 'agent', 'vm', 'prefetch.ts')], { ...call, onOutput: note })
  })
}

/**
 * Runs something that SIGINT and SIGTERM end in an orderly way: children first, then the lock.
 * @param {(signal: AbortSignal) => Promise<void>} work
 */
async function interruptible(work) {
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    await work(controller.signal)
  } catch (error) {
    throw controller.signal.aborted ? new Interrupted('set-up interrupted') : error
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}

/** @param {unknown} error */
function unexpected(error) {
  const code = /** @type {NodeJS.ErrnoException} */ (error).code
  if (code === 'ENOSPC') return new Problem('The disk is full.', 'Free about 1 GB and run the same command again.')
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new Problem(String(error), 'Make this checkout writable for you, then run the same command again.')
  }
  const detail = error instanceof Error ? (error.stack ?? '') : String(error)
  return new Problem('The set-up met something it does not know.', 'Please report the lines above.', detail)
}
