import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { Problem } from './problem.mjs'
import { run } from './program.mjs'

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./program.mjs').Call} Call */

/**
 * Something that is made of sources before it can be used.
 * @typedef {object} Build
 * @property {string} title
 * @property {string} program What makes it; run by Node, in the root of the checkout.
 * @property {readonly string[]} sources Files and folders; when one of them has changed, it is made anew.
 * @property {string} output The folder in which it comes to lie.
 */

/** What is packed into the node. */
const packagesOfNode = [
  'cas-store',
  'certificates',
  'cluster',
  'core',
  'discovery',
  'locks',
  'procmon',
  'raft',
  'transport',
  'virtio-agent',
]

/**
 * In the order in which they are made.
 * @type {readonly Build[]}
 */
export const builds = [
  {
    title: 'The page that a node serves',
    program: 'apps/dashboard/build.ts',
    sources: [
      'apps/dashboard/build.ts',
      'apps/dashboard/building',
      'apps/dashboard/src',
      'apps/dashboard/package.json',
      'packages/core/src/text',
      'pnpm-lock.yaml',
    ],
    output: 'apps/dashboard/dist',
  },
  {
    title: 'The program of a node, packed',
    program: 'apps/node/build.ts',
    sources: [
      'apps/node/build.ts',
      'apps/node/building',
      'apps/node/src',
      'apps/node/package.json',
      ...packagesOfNode.map((name) => `packages/${name}/src`),
      'pnpm-lock.yaml',
    ],
    output: 'apps/node/dist',
  },
]

/**
 * Whether it is as its sources are now. Where there is nothing to build it from, there is nothing to do.
 * @param {House} house
 * @param {Build} build
 * @returns {boolean}
 */
export function isBuilt(house, build) {
  if (!fs.existsSync(join(house.root, build.program))) return true
  try {
    return fs.readFileSync(stampPath(house, build), 'utf8') === fingerprint(house, build)
  } catch {
    return false // No stamp, no proof.
  }
}

/**
 * @param {House} house
 * @param {Build} build
 * @param {string} node The Node to run it with.
 * @param {Call} call
 */
export async function make(house, build, node, call) {
  // Taken before the sources are read: if somebody edits one meanwhile, the next run makes it again.
  const made = fingerprint(house, build)
  fs.rmSync(stampPath(house, build), { force: true })
  const { code, output } = await run(node, [build.program], call)
  if (code !== 0) {
    throw new Problem(
      `${build.program} failed:\n${output.trimEnd()}`,
      'If you have changed its sources, mend them; otherwise report it, with all of this.',
    )
  }
  fs.writeFileSync(stampPath(house, build), made)
}

/**
 * When which source was changed last. To read them all would take longer than what is run after the set-up.
 * @param {House} house
 * @param {Build} build
 */
function fingerprint(house, { sources }) {
  const hash = createHash('sha256')
  for (const source of sources) addTo(hash, house.root, source)
  return hash.digest('hex')
}

/**
 * @param {import('node:crypto').Hash} hash
 * @param {string} root
 * @param {string} path
 */
function addTo(hash, root, path) {
  const stat = fs.statSync(join(root, path), { throwIfNoEntry: false })
  if (stat?.isDirectory() !== true) {
    hash.update(`${path} ${stat?.size ?? 'absent'} ${stat?.mtimeMs ?? ''}\n`)
    return
  }
  const names = fs.readdirSync(join(root, path))
  names.sort() // So that it does not depend on the file system.
  for (const name of names) addTo(hash, root, `${path}/${name}`)
}

/**
 * @param {House} house
 * @param {Build} build
 */
function stampPath(house, { output }) {
  return join(house.root, output, '.made-of')
}
