import * as fs from 'node:fs'
import { join } from 'node:path'
import { satisfies } from './engine.mjs'
import { Problem } from './problem.mjs'
import { run } from './program.mjs'
import { explainFailure } from './registry-failure.mjs'

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./house.mjs').Pin} Pin */
/** @typedef {import('./house.mjs').Tool} Tool */
/** @typedef {import('./program.mjs').Call} Call */

const npmFlags = [
  '--ignore-scripts',
  '--no-audit',
  '--no-fund',
  '--no-update-notifier',
  '--loglevel=error',
  // npm's own patience would let somebody without a network wait for 70 s before hearing of it.
  '--fetch-retry-mintimeout=1000',
  '--fetch-retry-maxtimeout=5000',
]

/**
 * The Node that the project runs on: the one that runs this, where it is new enough, otherwise the pinned one.
 * @param {House} house
 * @returns {boolean}
 */
export function needsPinnedNode(house) {
  return !satisfies(process.versions.node, house.engines)
}

/**
 * Where a pinned tool lies once it is there. The folder comes into being by one rename after the program was seen to
 * run, so its existence is the proof that it is complete.
 * @param {House} house
 * @param {Tool} tool
 * @returns {string}
 */
export function toolPath(house, tool) {
  const pin = pinOf(house, tool)
  return join(toolFolder(house, tool, pin), 'node_modules', ...pin.package.split('/'), ...pin.program.split('/'))
}

/**
 * @param {House} house
 * @param {Tool} tool
 * @returns {Pin}
 */
export function pinOf(house, tool) {
  const pin = house.pins[tool][house.platform]
  if (pin !== undefined) return pin
  const listed = `It has builds for ${Object.keys(house.pins[tool]).join(', ')}.`
  const remedy =
    tool === 'pnpm'
      ? 'Use one of these.'
      : `Install Node ${house.engines.replace('>=', '')} or newer by hand, then run the same command with it.`
  throw new Problem(`The npm registry has no ready-made ${tool} for ${house.platform}.`, `${listed} ${remedy}`)
}

/**
 * Fetches a pinned tool with the user's own npm, so that their registry, proxy and certificates count. npm checks the
 * content against the pinned hash, because it is told to install from a lock file that holds just this one package.
 * @param {House} house
 * @param {Tool} tool
 * @param {Call} call
 */
export async function fetchTool(house, tool, call) {
  const pin = pinOf(house, tool)
  const partial = join(house.tools, `partial-${tool}-${process.pid}`)
  fs.rmSync(partial, { recursive: true, force: true })
  fs.mkdirSync(partial, { recursive: true })
  try {
    writeLock(partial, pin)
    const { code, output } = await run('npm', ['ci', '--prefix', partial, ...npmFlags], { ...call, cwd: partial })
    const program = join(partial, 'node_modules', ...pin.package.split('/'), ...pin.program.split('/'))
    const name = `${pin.package}@${pin.version}`
    if (code !== 0) throw explainFailure(`fetch ${name} with npm`, output)
    if (!fs.existsSync(program)) throw explainFailure(`find ${pin.program} in ${name}, as npm installed it`, output)
    await provesToRun(program, pin, { ...call, cwd: partial })
    const folder = toolFolder(house, tool, pin)
    fs.rmSync(folder, { recursive: true, force: true })
    fs.renameSync(partial, folder)
  } finally {
    fs.rmSync(partial, { recursive: true, force: true })
  }
}

/**
 * Puts a program under a plain name into `.tools/bin`: a symbolic link, or on Windows a one-line script.
 * @param {House} house
 * @param {string} name
 * @param {string} target
 */
export function linkProgram(house, name, target) {
  const link = linkPath(house, name)
  const fresh = join(house.tools, `partial-link-${process.pid}`)
  fs.mkdirSync(house.bin, { recursive: true })
  fs.rmSync(fresh, { force: true })
  if (process.platform === 'win32') fs.writeFileSync(fresh, windowsScript(target))
  else fs.symlinkSync(target, fresh)
  fs.renameSync(fresh, link)
}

/**
 * @param {House} house
 * @param {string} name
 * @param {string} target
 * @returns {boolean}
 */
export function isLinked(house, name, target) {
  const link = linkPath(house, name)
  try {
    return process.platform === 'win32'
      ? fs.readFileSync(link, 'utf8') === windowsScript(target)
      : fs.readlinkSync(link) === target
  } catch {
    return false // There is none yet, or something else lies there; either way it is made anew.
  }
}

/**
 * Removes what killed runs left behind. Only the holder of the set-up lock may do this.
 * @param {House} house
 */
export function sweepPartials(house) {
  for (const name of fs.readdirSync(house.tools)) {
    if (name.startsWith('partial-')) fs.rmSync(join(house.tools, name), { recursive: true, force: true })
  }
}

/**
 * @param {string} program
 * @param {Pin} pin
 * @param {Call} call
 */
async function provesToRun(program, pin, call) {
  const { code, output } = await run(program, ['--version'], call)
  if (code === 0 && output.trim().replace(/^v/, '') === pin.version) return
  throw new Problem(
    `${pin.package}@${pin.version} was fetched but does not run on this machine.`,
    'The system is probably too old for it. Install the program by hand in a version that fits, or use a newer system.',
    output,
  )
}

/**
 * @param {string} folder
 * @param {Pin} pin
 */
function writeLock(folder, pin) {
  const dependencies = { [pin.package]: pin.version }
  const packages = {
    '': { dependencies },
    [`node_modules/${pin.package}`]: { version: pin.version, integrity: pin.integrity },
  }
  fs.writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  fs.writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, requires: true, packages }))
}

/**
 * @param {House} house
 * @param {Tool} tool
 * @param {Pin} pin
 */
function toolFolder(house, tool, pin) {
  return join(house.tools, `${tool}-${pin.version}-${house.platform}`)
}

/**
 * @param {House} house
 * @param {string} name
 */
function linkPath(house, name) {
  return join(house.bin, process.platform === 'win32' ? `${name}.cmd` : name)
}

/** @param {string} target */
function windowsScript(target) {
  return `@"${target}" %*\r\n`
}
