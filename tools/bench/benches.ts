import { glob } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Bench } from '@flotilla/core/testing'
import { UsageError } from '../command-line/usage.ts'

/** What the names of a command line stand for. */
export interface Chosen {
  /** Whose figures are wanted. */
  readonly benches: readonly Bench[]
  /** Whose curves are wanted. */
  readonly curved: readonly Bench[]
}

/** Every `bench/*.bench.ts` of the packages and apps, in order of their names. */
export async function findBenches(root: string): Promise<readonly Bench[]> {
  const found: Bench[] = []
  for await (const path of glob('{packages,apps}/*/bench/*.bench.ts', { cwd: root })) {
    found.push(await loadBench(join(root, path)))
  }
  const twice = found.find(({ name }, index) => found.findIndex((other) => other.name === name) !== index)
  if (twice !== undefined) throw new Error(`two packages have a bench ${twice.name}; rename one of the two files`)
  return found.toSorted((one, other) => one.name.localeCompare(other.name))
}

async function loadBench(file: string): Promise<Bench> {
  const module = (await import(pathToFileURL(file).href)) as { readonly bench?: Bench }
  if (module.bench === undefined) throw new Error(`${file} exports no \`bench\``)
  const name = basename(file, '.bench.ts')
  if (module.bench.name === name) return module.bench
  throw new Error(`${file} holds the bench ${module.bench.name}; call file and bench the same`)
}

export function chooseBenches(found: readonly Bench[], names: readonly string[]): Chosen {
  const chosen = new Set<Bench>()
  for (const name of names) {
    const named = name === 'all' ? found : found.filter((bench) => bench.name === name)
    if (named.length === 0 && name !== 'curve') {
      throw new UsageError(`there is no bench ${name}; there are ${found.map((bench) => bench.name).join(', ')}`)
    }
    for (const bench of named) chosen.add(bench)
  }
  const wantsCurves = names.some((name) => name === 'all' || name === 'curve')
  return { benches: [...chosen], curved: wantsCurves ? found.filter(({ curves }) => curves !== undefined) : [] }
}
