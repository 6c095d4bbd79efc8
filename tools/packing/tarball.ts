import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { run } from '../checks/program.ts'
import type { Manifest } from '../checks/workspace.ts'

export type Packing =
  | { readonly type: 'packed'; readonly tarball: Tarball }
  | { readonly type: 'failed'; readonly sentence: string }
  /** Something that this machine lacks; the sentence says what. */
  | { readonly type: 'impossible'; readonly because: string }

export interface Tarball {
  readonly file: string
  /** What it holds, relative to the package. */
  readonly paths: readonly string[]
}

const packMsMax = 120_000

/** Builds and packs a package in the way that publishing does. */
export async function pack(folder: string, into: string): Promise<Packing> {
  const args = ['pack', '--json', '--pack-destination', into]
  const { status, stdout, stderr, isMissing } = await run('pnpm', args, { cwd: folder, timeoutMs: packMsMax })
  if (isMissing) return { type: 'impossible', because: 'there is no pnpm on the PATH; `npm test` provides one' }
  if (status !== 0) {
    const why = (/^.*\berror\b.*$/im.exec(stderr)?.[0] ?? stdout.trim()).replaceAll(`${folder}/`, '')
    return { type: 'failed', sentence: `cannot be packed: ${why}; run \`pnpm pack\` there to see everything` }
  }
  const { filename, files } = JSON.parse(stdout) as { filename: string; files: readonly { path: string }[] }
  return { type: 'packed', tarball: { file: join(into, basename(filename)), paths: files.map(({ path }) => path) } }
}

/** What is wrong with a tarball before anyone installs it. */
export async function tarballSentences({ file, paths }: Tarball): Promise<readonly string[]> {
  const contents = await readFile(file)
  const { messages, pkg } = await publint({ pack: { tarball: contents.buffer }, strict: true })
  return [
    ...contentSentences(paths),
    ...messages.map((message) => `publint says: ${formatMessage(message, pkg, { color: false })}`),
    ...leftoverSentences(pkg as unknown as Manifest),
    ...(await typesSentences(file)),
  ]
}

function contentSentences(paths: readonly string[]): readonly string[] {
  const asked = ['LICENSE', 'README.md', 'package.json']
  const missing = asked.filter((path) => !paths.includes(path))
  const stray = paths.filter((path) => !asked.includes(path) && !/^dist\/.*\.(js|d\.ts)$/.test(path))
  const tests = paths.filter((path) => /\.(test|sim|bench)\./.test(path))
  return [
    ...missing.map((path) => `is published without ${path}: add the file`),
    ...stray.map((path) => `publishes ${path}: only dist, README.md, LICENSE and package.json belong to a package`),
    ...tests.map((path) => `publishes ${path}: nothing that is exported may import a test`),
  ]
}

/** What only means something inside the workspace. */
function leftoverSentences(manifest: Manifest): readonly string[] {
  const leftovers =
    JSON.stringify(manifest).match(/"[^"]*":"(workspace|catalog|link|file):[^"]*"|"\.\/src\/[^"]*"/g) ?? []
  return leftovers.map((found) => `publishes a package.json with ${found}, which nobody outside can resolve`)
}

/** What "are the types wrong" finds, for those who import and do not require. */
async function typesSentences(file: string): Promise<readonly string[]> {
  const attw = fileURLToPath(new URL('dist/index.js', import.meta.resolve('@arethetypeswrong/cli/package.json')))
  const args = [attw, file, '--profile', 'esm-only', '--format', 'json']
  const { status, stdout, stderr } = await run(process.execPath, args, {
    cwd: import.meta.dirname,
    timeoutMs: packMsMax,
  })
  if (status === 0) return []
  const problems = stdout.startsWith('{') ? (JSON.parse(stdout) as AttwReport).analysis.problems : undefined
  if (problems === undefined) return [`attw cannot read the tarball: ${stderr.trim() || stdout.trim()}`]
  const seen = problems.filter(({ resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind ?? ''))
  return seen.map(({ kind, entrypoint, resolutionKind }) => {
    return `attw says: ${kind} at ${entrypoint ?? 'the package'}, resolved as ${resolutionKind ?? 'anything'}`
  })
}

interface AttwReport {
  readonly analysis: {
    readonly problems: readonly {
      readonly kind: string
      readonly entrypoint?: string
      readonly resolutionKind?: string
    }[]
  }
}
