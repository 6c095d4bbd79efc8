import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { builds, isBuilt, make } from './builds.mjs'
import { childEnvironment } from './house.mjs'
import { installPackages, packagesAreInstalled } from './packages.mjs'
import { SetupLock } from './setup-lock.mjs'
import { fetchTool, isLinked, linkProgram, needsPinnedNode, pinOf, sweepPartials, toolPath } from './toolchain.mjs'

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./house.mjs').Tool} Tool */
/** @typedef {{ readonly progress: import('./progress.mjs').Progress, readonly signal: AbortSignal }} Options */

/**
 * Makes the checkout ready to run: Node, pnpm, packages, and what is built of sources. What is there already costs a
 * few file reads and nothing else.
 * @param {House} house
 * @param {Options & { readonly withBuilds?: boolean }} options `withBuilds`: what only a node that is run needs.
 */
export async function setUp(house, { withBuilds = true, ...options }) {
  await perform(house, options, () => [
    nodeStep(house),
    toolStep(house, 'pnpm'),
    packagesStep(house),
    ...(withBuilds ? builds.map((build) => buildStep(house, build)) : []),
  ])
}

/**
 * Fetches the newest Node too, on which the packed packages are tried out.
 * @param {House} house
 * @param {Options} options
 */
export async function addNewestNode(house, options) {
  await perform(house, options, () => [toolStep(house, 'newest-node')])
}

/**
 * The Node that runs the project: the one that runs this, where it is new enough, otherwise the pinned one.
 * @param {House} house
 * @returns {string}
 */
export function nodeProgram(house) {
  return needsPinnedNode(house) ? toolPath(house, 'node') : process.execPath
}

/** @type {Readonly<Record<Tool, (version: string) => string>>} */
const titles = {
  node: (version) => `Node ${version}, because Node ${process.versions.node} is too old for the project`,
  pnpm: (version) => `pnpm ${version}`,
  'newest-node': (version) => `Node ${version}, to try the packed packages on the newest one`,
}

/** @typedef {import('./program.mjs').Call} Call */
/** @typedef {{ readonly title: string, readonly work: (call: Call) => Promise<void> }} Step */

/**
 * Does what is not done yet. `steps` lists each step, or undefined where its work is there already.
 * @param {House} house
 * @param {Options} options
 * @param {() => (Step | undefined)[]} steps
 */
async function perform(house, { progress, signal }, steps) {
  if (steps().every((step) => step === undefined)) return
  const lock = await SetupLock.acquire(join(house.tools, 'setup.lock'), {
    signal,
    onWait: (holder) => progress.say(`Another set-up of this checkout is running (${holder}); waiting for it.`),
  })
  try {
    sweepPartials(house)
    const shared = { cwd: house.root, env: childEnvironment(house), signal }
    // Asked again: another set-up may have done it all while we waited for the lock.
    for (const step of steps()) {
      if (step === undefined) continue
      await progress.step(step.title, (note) =>
        step.work({ ...shared, onOutput: note, onStart: (pid) => lock.include(pid) }),
      )
    }
  } finally {
    lock.release()
  }
}

/**
 * @param {House} house
 * @returns {Step | undefined}
 */
function nodeStep(house) {
  if (needsPinnedNode(house)) return toolStep(house, 'node')
  if (isLinked(house, 'node', process.execPath)) return undefined
  return {
    title: `Node ${process.versions.node}, as found on this machine`,
    work: async () => linkProgram(house, 'node', process.execPath),
  }
}

/**
 * @param {House} house
 * @returns {Step | undefined}
 */
function packagesStep(house) {
  if (packagesAreInstalled(house)) return undefined
  return { title: 'The packages that pnpm-lock.yaml lists', work: (call) => installPackages(house, call) }
}

/**
 * @param {House} house
 * @param {import('./builds.mjs').Build} build
 * @returns {Step | undefined}
 */
function buildStep(house, build) {
  if (isBuilt(house, build)) return undefined
  return { title: build.title, work: (call) => make(house, build, nodeProgram(house), call) }
}

/**
 * @param {House} house
 * @param {Tool} tool
 * @returns {Step | undefined}
 */
function toolStep(house, tool) {
  const path = toolPath(house, tool)
  const present = existsSync(path)
  if (present && isLinked(house, tool, path)) return undefined
  const pin = pinOf(house, tool)
  return {
    title: `${titles[tool](pin.version)}, from the npm registry`,
    work: async (call) => {
      if (!present) await fetchTool(house, tool, call)
      linkProgram(house, tool, path)
    },
  }
}
