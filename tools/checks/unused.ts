import { join } from 'node:path'
import { repoRoot } from './file-tree.ts'
import type { Finding } from './finding.ts'
import { run } from './program.ts'

const knipMsMax = 100_000

/** Files, exports and dependencies that nothing uses, as knip sees them with `knip.json` of this root. */
export async function unusedThings(root: string): Promise<readonly Finding[]> {
  const knip = join(repoRoot, 'node_modules/knip/bin/knip.js')
  const config = join(repoRoot, 'knip.json')
  const args = [knip, '--directory', root, '--config', config, '--reporter', 'json', '--no-progress']
  const { stdout, stderr } = await run(process.execPath, args, { cwd: root, timeoutMs: knipMsMax })
  if (!stdout.startsWith('{')) throw new Error(`knip did not do its work: ${stderr.trim() || stdout.trim()}`)
  const { issues } = JSON.parse(stdout) as Report
  return issues.flatMap((issue) =>
    Object.entries(issue).flatMap(([type, things]) => {
      if (typeof things === 'string') return []
      return things.flat().map(({ name, line = 1 }) => ({ file: issue.file, line, sentence: sentenceFor(type, name) }))
    }),
  )
}

interface Report {
  readonly issues: readonly (Readonly<Record<string, readonly Thing[]>> & { readonly file: string })[]
}

interface Thing {
  readonly name: string
  readonly line?: number
}

function sentenceFor(type: string, name: string): string {
  if (type === 'files') return 'nothing uses this file: delete it, or import it where it is needed'
  if (type === 'exports' || type === 'types') return `no other file uses ${name}: do not export it, or delete it`
  if (type === 'dependencies' || type === 'devDependencies') return `nothing uses the dependency ${name}: remove it`
  if (type === 'catalog') return `no package.json uses ${name} of the catalog: remove it`
  if (type === 'unlisted') return `${name} is used and not listed: add it to package.json`
  return `knip finds a fault of the kind "${type}": ${name}`
}
