import { glob } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Suite } from '@flotilla/sim'
import { UsageError } from '../command-line/usage.ts'

export interface FoundSuite {
  readonly suite: Suite
  /** An absolute path; workers import it again. */
  readonly file: string
  /** Examples show a bug being found; `all` leaves them out. */
  readonly isExample: boolean
}

/** Every `*.sim.ts` of the packages exports one `suite`. */
export async function findSuites(root: string): Promise<readonly FoundSuite[]> {
  const found: FoundSuite[] = []
  for await (const path of glob('packages/*/{src,suites,examples}/**/*.sim.ts', { cwd: root })) {
    const file = join(root, path)
    found.push({ suite: await loadSuite(file), file, isExample: path.includes('/examples/') })
  }
  return found.toSorted((one, other) => one.suite.name.localeCompare(other.suite.name))
}

export async function loadSuite(file: string): Promise<Suite> {
  const module = (await import(pathToFileURL(file).href)) as { readonly suite?: Suite }
  if (module.suite === undefined) throw new Error(`${file} exports no \`suite\``)
  return module.suite
}

/** The suites of these names, `all` standing for every one that is not an example. */
export function chooseSuites(found: readonly FoundSuite[], names: readonly string[]): readonly FoundSuite[] {
  return names.flatMap((name) => {
    if (name === 'all') return found.filter(({ isExample }) => !isExample)
    const chosen = found.find(({ suite }) => suite.name === name)
    if (chosen !== undefined) return [chosen]
    throw new UsageError(`there is no suite ${name}; there are ${found.map(({ suite }) => suite.name).join(', ')}`)
  })
}
