import { readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { thisPlatform } from './platform.mjs'

/**
 * One program that the registry holds as an ordinary package.
 * @typedef {object} Pin
 * @property {string} package
 * @property {string} version
 * @property {string} program Its path in the package.
 * @property {string} integrity
 */

/** @typedef {'node' | 'pnpm' | 'newest-node'} Tool */

/**
 * Where everything of this checkout lies, and what it is pinned to.
 * @typedef {object} House
 * @property {string} root
 * @property {string} tools Everything that the set-up fetches; ignored by git, safe to delete.
 * @property {string} bin `node` and `pnpm` as this checkout uses them; goes first on the PATH of every child.
 * @property {string} platform
 * @property {string} engines The range of Node versions that the project runs on.
 * @property {Readonly<Record<Tool, Readonly<Record<string, Pin>>>>} pins
 */

/** @returns {House} */
export function thisHouse() {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const manifest = /** @type {{ engines: { node: string } }} */ (readJson(join(root, 'package.json')))
  const pins = /** @type {House['pins']} */ (readJson(join(root, 'tools', 'toolchain', 'pins.json')))
  const tools = join(root, '.tools')
  return { root, tools, bin: join(tools, 'bin'), platform: thisPlatform(), engines: manifest.engines.node, pins }
}

/**
 * The environment of every child: our `node` and `pnpm` come first, whatever else the machine has.
 * @param {House} house
 * @returns {NodeJS.ProcessEnv}
 */
export function childEnvironment(house) {
  const pathKey = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH'
  return {
    ...process.env,
    [pathKey]: [house.bin, process.env[pathKey]].filter(Boolean).join(delimiter),
    // pnpm would otherwise look up its own pin for every platform, and some were never published.
    pnpm_config_pm_on_fail: 'ignore',
    // Node keeps there what it has made of our TypeScript. Worker threads that strip types come and go as tests do, and
    // V8 frees the stripper's WebAssembly wrongly now and then (Node 24.21): with this they do not load it.
    NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(house.root, 'node_modules/.cache/compiled'),
  }
}

/**
 * @param {string} path
 * @returns {unknown}
 */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}
