import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { readJson } from './house.mjs'
import { run } from './program.mjs'
import { explainFailure } from './registry-failure.mjs'
import { toolPath } from './toolchain.mjs'

/** @typedef {import('./house.mjs').House} House */
/** @typedef {import('./program.mjs').Call} Call */

/** Folders whose children are workspace packages; pnpm-workspace.yaml says the same, and a test holds them together. */
export const workspaceParents = ['packages', 'apps']
/** Workspace packages that stand alone. */
export const workspaceSingles = ['tools']

const pnpmSettings = {
  CI: 'true',
  // Nobody is there to answer whether an outdated node_modules may be replaced.
  pnpm_config_confirm_modules_purge: 'false',
  // With pnpm's own patience, somebody without a network waits for more than ten minutes before hearing of it.
  pnpm_config_fetch_retry_mintimeout: '1000',
  pnpm_config_fetch_retry_maxtimeout: '2000',
}

/**
 * Whether node_modules is what the lock file asks for. The stamp lies inside node_modules, so that it goes with it.
 * @param {House} house
 * @returns {boolean}
 */
export function packagesAreInstalled(house) {
  try {
    if (fs.readFileSync(stampPath(house), 'utf8') !== packagesFingerprint(house)) return false
  } catch {
    return false // No stamp, no proof.
  }
  return workspaceFolders(house.root).every(
    (folder) => !hasDependencies(folder) || fs.existsSync(join(folder, 'node_modules')),
  )
}

/**
 * Lets pnpm make node_modules what the lock file asks for.
 * @param {House} house
 * @param {Call} call
 */
export async function installPackages(house, call) {
  // Taken before pnpm reads the same files: if somebody edits one meanwhile, the next run installs again.
  const fingerprint = packagesFingerprint(house)
  fs.rmSync(stampPath(house), { force: true })
  const pnpm = toolPath(house, 'pnpm')
  /** @type {NodeJS.ProcessEnv} */
  const env = { ...call.env, ...(await registrySettings(call)), ...pnpmSettings }
  delete env['NODE_ENV'] // In "production" pnpm would leave out what the tests need.
  const { code, output } = await run(pnpm, ['install', '--frozen-lockfile', '--prefer-offline'], { ...call, env })
  if (code !== 0) throw explainFailure('install the packages with pnpm', output)
  fs.writeFileSync(stampPath(house), fingerprint)
}

/**
 * A hash of everything that decides what pnpm installs.
 * @param {House} house
 * @returns {string}
 */
export function packagesFingerprint(house) {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([1, house.platform, house.pins.pnpm[house.platform]?.version]))
  const files = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc', 'package.json'].map((name) =>
    join(house.root, name),
  )
  for (const path of [...files, ...workspaceFolders(house.root).map((folder) => join(folder, 'package.json'))]) {
    const content = fs.existsSync(path) ? fs.readFileSync(path) : undefined
    hash.update(`\n${path.slice(house.root.length)} ${content?.length ?? 'absent'}\n`).update(content ?? '')
  }
  return hash.digest('hex')
}

/**
 * @param {string} root
 * @returns {string[]}
 */
export function workspaceFolders(root) {
  const nested = workspaceParents.flatMap((parent) => children(join(root, parent)))
  const single = workspaceSingles.map((name) => join(root, name))
  return [...nested, ...single].filter((folder) => fs.existsSync(join(folder, 'package.json')))
}

/**
 * @param {string} folder
 * @returns {string[]}
 */
function children(folder) {
  if (!fs.existsSync(folder)) return []
  const names = fs.readdirSync(folder)
  names.sort() // So that the fingerprint does not depend on the file system.
  return names.map((name) => join(folder, name))
}

/** @param {string} folder */
function hasDependencies(folder) {
  const manifest = /** @type {Record<string, object | undefined>} */ (readJson(join(folder, 'package.json')))
  return ['dependencies', 'devDependencies'].some((kind) => Object.keys(manifest[kind] ?? {}).length > 0)
}

/**
 * pnpm does not read npm's environment variables nor its global file, so a registry or proxy that is set there would
 * count for npm only. npm is asked what it uses, and pnpm is told the same.
 * @param {Call} call
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function registrySettings(call) {
  const keys = ['registry', 'proxy', 'https-proxy', 'noproxy', 'cafile', 'strict-ssl']
  const { code, output } = await run('npm', ['config', 'get', ...keys, '--loglevel=silent'], call)
  if (code !== 0) return {}
  const known = output
    .split('\n')
    .map((line) => line.split(/=(.*)/s))
    .filter(([key = '', value = '']) => keys.includes(key) && !['', 'null', 'undefined'].includes(value))
  return Object.fromEntries(known.map(([key = '', value]) => [`pnpm_config_${key.replaceAll('-', '_')}`, value]))
}

/** @param {House} house */
function stampPath(house) {
  return join(house.root, 'node_modules', '.flotilla-setup')
}
