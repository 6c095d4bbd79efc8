/** Somebody who installs a package from its tarball, in a folder from which nothing of the monorepo can be reached. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { repoRoot } from '../checks/file-tree.ts'
import { run } from '../checks/program.ts'

/** What came of installing a package: a folder, a fault of the package, or a lack of this machine. */
export type Installation =
  | { readonly type: 'installed'; readonly folder: string }
  | { readonly type: 'failed'; readonly sentence: string }
  | { readonly type: 'impossible'; readonly because: string }

const installMsMax = 240_000
const importMsMax = 60_000

/** Installs the tarballs into an empty folder with npm, as a user does. */
export async function install(folder: string, tarballs: readonly string[]): Promise<Installation> {
  await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }')
  const nodeTypes = JSON.parse(await readFile(join(repoRoot, 'node_modules/@types/node/package.json'), 'utf8')) as {
    readonly version: string
  }
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund', '--fetch-retry-mintimeout=1000']
  const args = ['install', ...flags, ...tarballs, `@types/node@${nodeTypes.version}`]
  const { status, stderr, isMissing } = await run('npm', args, { cwd: folder, timeoutMs: installMsMax })
  if (status === 0) return { type: 'installed', folder }
  if (isMissing) return { type: 'impossible', because: 'there is no npm on the PATH' }
  if (
    /\b(E50\d|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED|ENOTFOUND|ERR_SOCKET_TIMEOUT|ETIMEDOUT)\b/.test(
      stderr,
    )
  ) {
    return { type: 'impossible', because: 'the npm registry cannot be reached' }
  }
  const why = stderr.split('\n').find((line) => /^npm error (?!code)/.test(line)) ?? 'npm does not say why'
  return { type: 'failed', sentence: `cannot be installed: ${why.replace('npm error ', '')}` }
}

/** Imports each of the package's exports on the given Node. */
export async function importSentences(
  folder: string,
  node: string,
  specifiers: readonly string[],
): Promise<readonly string[]> {
  const importer = join(folder, 'import-all.mjs')
  await writeFile(importer, importerCode)
  const { status, stdout } = await run(node, [importer, ...specifiers], { cwd: folder, timeoutMs: importMsMax })
  if (status === undefined) return ['importing its exports had not ended: importing a file may not start anything']
  if (status !== 0) return [`importing its exports ends the process with ${status}: importing may not do anything`]
  return stdout
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [`cannot be imported where it is installed: ${line}`]))
}

const importerCode = `
import { realpathSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const home = realpathSync(import.meta.dirname)
for (const specifier of process.argv.slice(2)) {
  try {
    await import(specifier)
    const file = fileURLToPath(import.meta.resolve(specifier))
    if (!realpathSync(file).startsWith(home)) throw new Error('it was found outside, at ' + file)
  } catch (error) {
    console.log(specifier + ': ' + error.message.split('\\n')[0].replaceAll(home, '.'))
  }
}
`

/** Compiles a file that imports each of the package's exports, as strictly as it goes, libraries included. */
export async function typeSentences(folder: string, specifiers: readonly string[]): Promise<readonly string[]> {
  const imports = specifiers.map((specifier, index) => `export * as module${index} from '${specifier}'\n`)
  await writeFile(join(folder, 'consumer.ts'), imports.join(''))
  const asNode = await compilerSentences(folder, { module: 'nodenext', lib: ['esnext'] })
  if (asNode.length > 0) return asNode
  return compilerSentences(folder, { module: 'esnext', moduleResolution: 'bundler', lib: ['esnext', 'dom'] })
}

async function compilerSentences(folder: string, settings: object): Promise<readonly string[]> {
  const strict = { target: 'esnext', strict: true, skipLibCheck: false, noEmit: true, types: ['node'] }
  const config = { compilerOptions: { ...strict, ...settings }, files: ['consumer.ts'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(repoRoot, 'node_modules/typescript/bin/tsc')
  const { stdout } = await run(process.execPath, [compiler, '-p', '.', '--pretty', 'false'], {
    cwd: folder,
    timeoutMs: importMsMax,
  })
  const errors = stdout.split('\n').filter((line) => /\berror TS\d+/.test(line))
  return errors.map((line) => `has types that do not work where it is installed: ${line}`)
}
