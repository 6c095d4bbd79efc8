import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Canary } from '@flotilla/sim'
import { UsageError } from '../command-line/usage.ts'

export interface CanaryList {
  /** The package's folder below `packages`. */
  readonly package: string
  readonly canaries: readonly Canary[]
}

/** What the packages list in their `suites/canaries.ts`. */
export async function findLists(root: string): Promise<readonly CanaryList[]> {
  const found: CanaryList[] = []
  for await (const path of glob('packages/*/suites/canaries.ts', { cwd: root })) {
    const module = (await import(pathToFileURL(join(root, path)).href)) as { readonly canaries?: readonly Canary[] }
    if (module.canaries === undefined) throw new Error(`${path} exports no \`canaries\``)
    found.push({ package: path.split(/[/\\]/)[1] ?? '', canaries: module.canaries })
  }
  return found.toSorted((one, other) => one.package.localeCompare(other.package))
}

export function chooseLists(found: readonly CanaryList[], names: readonly string[]): readonly CanaryList[] {
  if (names.length === 0) return found
  return names.map((name) => {
    const list = found.find((known) => known.package === name)
    if (list !== undefined) return list
    throw new UsageError(
      `${name} has no canaries; there are those of ${found.map((known) => known.package).join(', ')}`,
    )
  })
}
